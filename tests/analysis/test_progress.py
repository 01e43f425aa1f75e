import io

from pylimma.analysis.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_step_and_is_left_clean():
    terminal = Terminal()
    with Progress(terminal).step("Fitting"):
        assert "Fitting …" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")


def test_a_log_file_shows_nothing():
    log = io.StringIO()
    with Progress(log).step("Fitting"):
        pass
    assert log.getvalue() == ""
