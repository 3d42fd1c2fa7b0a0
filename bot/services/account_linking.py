"""绑定: one resident's accounts on several channels become one person, so that any of them reaches her."""

import re

from bot.community.identity import join_people, person_by_id
from bot.community.linking import TooManyTries, new_code, use_up, whose_code
from bot.community.models import Person
from bot.conversation.turn import Turn
from bot.offers.joined import CannotJoin, join_offers
from bot.outbox.joined import join_messages
from bot.tickets.joined import join_tickets
from intents.service_words import Cue, has_cue

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")


class AccountLinking:
    """Staff are known by the accounts that people.yaml names, so no code makes anybody one of them."""

    def overhear(self, turn: Turn) -> bool:
        """“绑定” gives a code, “绑定 123456” uses one."""
        if turn.is_group or not has_cue(turn.message.text, Cue.LINK):
            return False
        code = _CODE.search(turn.message.text)
        if turn.person.staff_name is not None:
            turn.say("link.staff")
        elif code is None:
            turn.say("link.code", code=new_code(turn.tx, turn.person.id, turn.now))
        else:
            self._use(turn, code[0])
        return True

    def _use(self, turn: Turn, code: str) -> None:
        try:
            found = whose_code(turn.tx, code, tried_by=turn.person.id, now=turn.now)
        except TooManyTries:
            turn.say("link.too_often")
            return
        other = person_by_id(turn.tx, found) if found is not None else None
        if other is None:
            turn.say("link.wrong")
        elif other.id == turn.person.id:
            turn.say("link.same")
        elif other.roster_key is not None and turn.person.roster_key is not None:
            turn.say("link.two_known")
        else:
            self._join(turn, other)

    def _join(self, turn: Turn, other: Person) -> None:
        stays, goes = (turn.person, other) if turn.person.roster_key is not None else (other, turn.person)
        try:
            join_offers(turn.tx, goes.id, stays.id)
        except CannotJoin:
            turn.say("link.both_booked")
            return
        join_tickets(turn.tx, goes.id, stays.id)
        join_messages(turn.tx, goes.id, stays.id)
        use_up(turn.tx, other.id)
        turn.person = join_people(turn.tx, goes.id, stays.id)
        turn.say("link.done")
