"""Telling a story whose every claim is checked."""

import os
import sys
import textwrap
import traceback
from collections.abc import Callable

_COLOURED = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _style(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _COLOURED else text


class Narrator:
    """Says what happens, and counts what held and what did not."""

    def __init__(self, *, terse: bool):
        self._terse = terse
        self._chapter = 0
        self.passed = 0
        self.failed = 0

    def chapter(self, title: str, tell: Callable[[], None]) -> None:
        """Tells one chapter. One that breaks off counts as failed, and the story goes on."""
        self._chapter += 1
        print(f"\n{_style('1', f'{self._chapter}. {title}')}", flush=True)
        try:
            tell()
        except Exception as error:
            traceback.print_exc()
            self.check(f"the chapter is told to its end ({type(error).__name__})", False)

    def say(self, text: str) -> None:
        if not self._terse:
            print(textwrap.indent(textwrap.fill(" ".join(text.split()), 100), "   "), flush=True)

    def show(self, label: str, value: object) -> None:
        if not self._terse:
            lines = textwrap.wrap(str(value), 96) or [""]
            print(f"     {_style('2', label + ':')} {lines[0]}")
            for line in lines[1:]:
                print(f"       {line}")

    def code(self, text: str) -> None:
        if not self._terse:
            print(_style("36", textwrap.indent(textwrap.dedent(text).strip(), "     ")))

    def check(self, claim: str, holds: object) -> None:
        """A claim, and whether it holds."""
        if holds:
            self.passed += 1
            print(f"   {_style('32', '✓')} {claim}", flush=True)
        else:
            self.failed += 1
            print(f"   {_style('31', '✗')} {claim}", flush=True)
