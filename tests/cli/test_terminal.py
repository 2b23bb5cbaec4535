"""test_terminal.py - colours and progress are for terminals alone, and NO_COLOR is honoured."""

from command import DEMO, ESCAPE, Case, environment, main, on_terminal, run, without_escapes

PICTURE = ("sim", "-c", DEMO, "--scenario", "demo_day", "--story", "--plot")
YEAR = ("sim", "-c", DEMO, "--hours", "8784")


class Terminal(Case):
    def test_colours_are_used_on_a_terminal_and_nowhere_else(self):
        self.assertIn(ESCAPE + "3", on_terminal(*PICTURE).out)
        self.assertNotIn(ESCAPE, run(*PICTURE).out)

    def test_no_color_and_a_dumb_terminal_are_honoured(self):
        for env in (environment(NO_COLOR="1"), environment(TERM="dumb"), environment(TERM=None)):
            self.assertNotIn(ESCAPE + "3", on_terminal(*PICTURE, env=env).out)
        self.assertIn(ESCAPE + "3", on_terminal(*PICTURE, env=environment(NO_COLOR="")).out)

    def test_colours_change_nothing_else(self):
        plain = run(*PICTURE, env=environment(COLUMNS="100")).out
        drop_time = lambda text: [line for line in text.splitlines() if not line.startswith("closed loop")]
        self.assertEqual(drop_time(without_escapes(on_terminal(*PICTURE).out)), drop_time(plain))

    def test_pictures_and_stories_fit_the_terminal(self):
        for columns in (72, 100, 140):
            text = without_escapes(on_terminal(*PICTURE, columns=columns).out)
            told = text[:text.index("\nchat/us-east  cost_plus")]
            self.assertLessEqual(max(map(len, told.splitlines())), columns)

    def test_log_lines_are_coloured_on_a_terminal_alone(self):
        log = self.recorded(hours=4)
        self.assertIn(ESCAPE + "32m", on_terminal("log", "tail", log).out)
        self.assertNotIn(ESCAPE, run("log", "tail", log).out)
        self.assertNotIn(ESCAPE, on_terminal("log", "tail", log, "--json").out)

    def test_a_long_run_shows_how_long_it_will_still_take(self):
        text = on_terminal(*YEAR, until=" left").out
        self.assertIn("sim ", text)
        self.assertRegex(text, r"\d+ %, .*\d+ (s|min)")

    def test_progress_is_cleared_at_the_end_and_not_written_into_pipes(self):
        short = ("sim", "-c", DEMO, "--hours", "1500")
        self.assertEqual(run(*short).err, "")
        text = on_terminal(*short).out
        if " %" in text.split("chat/us-east")[0]:  # a fast machine needs no bar
            self.assertIn("\r" + ESCAPE + "K", text)


if __name__ == "__main__":
    main()
