"""Plays one scene: the real engine, store, scheduler and outbox, a frozen clock, invented people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.clock import from_local, to_local
from bot.dialogues.look import look_into_store
from bot.dialogues.scene import Check, Expectation, InGroup, MoveClock, Pushed, Say, Scene, Step
from bot.dialogues.venue import CannotBePlayed, PersonNamed, Shown, Venue
from knowledge.model import Knowledge


@dataclass(slots=True)
class Played:
    """How a scene went: as written, or where and why it failed, or why it cannot be played there."""

    failed_line: int | None = None
    reason: str = ""
    transcript: list[str] = field(default_factory=list)
    is_skipped: bool = False


class StepFailed(Exception):
    """A step differs from what the file expects; the message says how."""


class Stage:
    """The demo neighbourhood as it is at the start of a scene."""

    def __init__(self, venue: Venue, knowledge: Knowledge) -> None:
        self._venue = venue
        self._knowledge = knowledge
        self.transcript: list[str] = []

    def play(self, scene: Scene) -> Played:
        try:
            self._venue.admit(scene)
        except CannotBePlayed as reason:
            return Played(reason=str(reason), is_skipped=True)
        for step in scene.steps:
            try:
                self._take(step)
            except StepFailed as difference:
                return Played(step.line, str(difference), self.transcript)
            except CannotBePlayed as reason:
                return Played(reason=str(reason), transcript=self.transcript, is_skipped=True)
        return Played(transcript=self.transcript)

    def _take(self, step: Step) -> None:
        match step:
            case Say():
                self._say(step)
            case Pushed():
                self._check_pushed(step)
            case MoveClock():
                self._venue.pass_time(from_local(step.to))
                self.transcript.append(f"---- {step.to:%Y-%m-%d %H:%M} ----")
            case InGroup():
                said = self._venue.said_in(step.group)
                _check(Expectation(excludes=step.excludes), _together(said), f"{step.group}里")
            case Check():
                self._look(step)

    def _say(self, step: Say) -> None:
        where = f"@{step.group}" if step.group else ""
        spoken_at = to_local(self._venue.clock.now())
        self.transcript.append(f"{spoken_at:%m-%d %H:%M} {step.who}{where}: {step.text}")
        answers = self._venue.say(step.who, step.text, step.group)
        for shown in answers:
            mark = f"（群）{step.group}" if shown.is_group else f"→ {step.who}"
            self.transcript.append(f"    {mark}: {shown.text}")
        if step.answer is not None:
            _check(step.answer, _together(answers), "答")
        if step.in_private is not None:
            _check(step.in_private, _together([shown for shown in answers if not shown.is_group]), "私信")

    def _check_pushed(self, step: Pushed) -> None:
        pushed = self._venue.pushed_to(step.to)
        for shown in pushed:
            self.transcript.append(f"    ⇒ {step.to}（{to_local(shown.at):%m-%d %H:%M}）: {shown.text}")
        try:
            _check(step.expected, _together(pushed), f"给{step.to}的推送")
        except StepFailed as difference:
            if refusal := self._venue.refusal(step.to):
                raise CannotBePlayed(f"平台不让发给{step.to}（{refusal}）") from difference
            raise

    def _look(self, step: Check) -> None:
        with self._venue.database.reading(self._venue.tenant) as tx:
            difference = look_into_store(tx, self._knowledge, step, PersonNamed(tx, self._venue))
        if difference:
            raise StepFailed(difference)


def _together(shown: Sequence[Shown]) -> str:
    return "\n".join(one.text for one in shown)


def _check(expected: Expectation, text: str, what: str) -> None:
    if expected.nothing and text.strip():
        raise StepFailed(f"{what}：应当什么都不说，却说了“{text}”")
    for wanted in expected.contains:
        if wanted not in text:
            raise StepFailed(f"{what}：应当有“{wanted}”，实际是“{text}”")
    for unwanted in expected.excludes:
        if unwanted in text:
            raise StepFailed(f"{what}：不该有“{unwanted}”，实际是“{text}”")
