"""Progress bars in terminals and in Jupyter."""

import contextlib
import html
import sys
import time

_WIDTH = 30


@contextlib.contextmanager
def progress_of(shown, title):
    """A progress callback of the core, `(stage, done, total, values)`; nothing where it is not shown."""
    if not shown:
        yield None
        return
    bar = _Bar(title)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A bar on stderr, or in the output of a cell in Jupyter. Without a terminal, one line per stage."""

    def __init__(self, title):
        self._title = title
        self._started = time.monotonic()
        self._display = _display()
        self._is_terminal = sys.stderr.isatty()
        self._stage = None

    def __call__(self, stage, done, total, values):
        share = done / total if total else 0.0
        seconds = time.monotonic() - self._started
        left = f", {seconds * (1 - share) / share:.0f} s left" if share > 0 else ""
        text = f"{self._title}: {stage} {share:4.0%}{left} {_in_words(values)}".rstrip()
        if self._display is not None:
            self._display.update(_Html(text, share))
        elif self._is_terminal:
            full = round(_WIDTH * share)
            bar = "█" * full + "░" * (_WIDTH - full)
            sys.stderr.write(f"\r\x1b[2K{bar} {text}")
            sys.stderr.flush()
        elif stage != self._stage:
            print(text, file=sys.stderr)
        self._stage = stage

    def close(self):
        if self._display is None and self._is_terminal and self._stage is not None:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


class _Html:
    """A bar of HTML, with its text where there is no HTML."""

    def __init__(self, text, share):
        self._text = text
        self._share = share

    def _repr_html_(self):
        bar = f'<progress value="{self._share:.4f}" max="1"></progress>'
        return f"{bar} {html.escape(self._text)}"

    def __repr__(self):
        return self._text


def _display():
    """A display of a Jupyter kernel that can be updated; nothing elsewhere."""
    if "ipykernel" not in sys.modules:
        return None
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return display(_Html("", 0.0), display_id=True)


def _in_words(values):
    """The values measured last, without their bounds and errors."""
    left_out = ("_validation", "_low", "_high", "_unreliable", "_standard_error", "_rows")
    shown = {name: value for name, value in values.items() if not name.endswith(left_out)}
    return " · ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in shown.items())
