"""test_run.py - `setpoint run`: its command line, and what keeps it from starting. The running daemon has tests of its own."""

from command import QUICKSTART, Case, main, run


class Run(Case):
    def test_a_broken_configuration_is_told_with_all_its_complaints_and_nothing_is_started(self):
        broken = self.write("broken.yaml", "version: 1\nperiod: 5\nbogus: 1\n")
        answer = self.expect(run("run", "-c", broken, "--state", self.path("state")), 78, "nothing was started")
        self.assertGreater(len(answer.err.splitlines()), 2)
        self.expect(run("config", "check", self.path("state")), 74)  # no state directory was made

    def test_a_configuration_that_is_not_there_is_an_io_error(self):
        self.expect(run("run", "-c", self.path("gone.yaml")), 74)

    def test_a_state_directory_open_to_others_is_refused(self):
        self.write("file", "")
        answer = run("run", "-c", QUICKSTART, "--state", self.path("file"))
        self.assertNotIn(answer.code, (0, 64), answer.err)
        self.assertIn(self.path("file"), answer.err)

    def test_the_command_line(self):
        for wrong, why in (((), "which configuration? Give -c FILE"), (("x.yaml",), "give the configuration with -c FILE"),
                           (("-c", QUICKSTART, "--epoch", "0"), "--epoch: '0' is not a whole number"),
                           (("-c", QUICKSTART, "--epoch", "-1"), "is not a whole number"),
                           (("-c", QUICKSTART, "--epoch", "1x"), "is not a whole number"),
                           (("-c", QUICKSTART, "--epoch", "99999999999999999999"), "is not a whole number")):
            self.expect(run("run", *wrong), 64, why)


if __name__ == "__main__":
    main()
