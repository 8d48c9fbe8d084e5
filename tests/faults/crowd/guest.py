"""A guest who finds strangers, talks, and goes on, over connections that may end at any moment."""

import asyncio
import uuid

from crowd.line import Line
from crowd.plan import draw_plan

# How long one waits for a stranger before giving up, unless the wishes leave little hope.
PATIENCE_SECONDS = 60
SHORT_PATIENCE_SECONDS = 4
# Beyond the time within which the server wants somebody back.
PAST_SECONDS = 2.5
# How long one lingers for the other one to end it.
LINGERING_SECONDS = 0.5
MOMENT_SECONDS = 0.02
# As many times slower is a guest who has had their rounds.
LEISURE = 4


class Guest:
    def __init__(self, name, account, http, config, chance, journal):
        self.name = name
        self.rounds = 0
        self._account = account
        self._http = http
        self._config = config
        self._chance = chance
        self._journal = journal
        self._main = self._open("main")
        self._second = None
        # As the server last told: MatchState, or None.
        self._match = None
        # Grows with every stranger that was found: an answer `waiting` that was asked for before says nothing.
        self._found = 0
        # Conversations that are over, or that this guest is done with.
        self._over = set()
        self._messages = 0
        self._is_stopping = False
        self._something_happened = asyncio.Event()

    async def connect(self):
        await self._main.connect()
        if not await self._until(lambda: self._main.is_ready):
            raise TimeoutError(f"{self.name} cannot connect")

    async def live(self, on_round):
        """Round after round until told to stop."""
        while not self._is_stopping:
            await self._round(draw_plan(self._chance, self._config["habits"], self.name))
            self.rounds += 1
            on_round(self)
        await self._until(lambda: self._main.is_ready)
        await self._main.ask("match:cancel" if self._is_waiting else "match:leave", {})
        await self._close_second()
        await self._main.close()
        self._journal.flush()

    def stop(self):
        self._is_stopping = True
        self.wake()

    async def _round(self, plan):
        await self._until(lambda: self._main.is_ready)
        conversation = await (self._change_mind(plan) if plan.changes_mind else self._find(plan))
        if conversation is not None:
            await self._talk(plan, conversation)
            await self._end(plan.ending, conversation)
            if plan.reads_back:
                await self._main.ask("history", {"conversation_id": conversation})
        await self._close_second()

    # Finding

    async def _find(self, plan):
        """The conversation with a stranger, or None if there was none."""
        if plan.second_socket:
            self._second = self._open("second")
            await self._second.connect()
            await self._until(lambda: self._second.is_ready)
        asking = [self._ask(self._main, "match:next" if self._conversation else "match:find", plan.wishes)]
        if self._second is not None:
            asking.append(self._ask(self._second, "match:find", plan.wishes))
        asking = [asyncio.create_task(one) for one in asking]
        if plan.cut_while_waiting:
            await self._moment()
            await self._go_and_come_back(plan.stays_away)
        answers = await asyncio.gather(*asking)
        # Refused, which the checker tells; a guest who is refused must not ask again at once.
        if any(answer and not answer["ok"] for answer in answers):
            await self._pause()

        patience = SHORT_PATIENCE_SECONDS if plan.wishes.get("only_common") else PATIENCE_SECONDS
        await self._until(lambda: not self._is_waiting or self._is_stopping, patience)
        # The answer of a cancel may have been overtaken by a stranger.
        if self._is_waiting:
            await self._ask(self._main, "match:cancel", {})
        return self._conversation

    async def _change_mind(self, plan):
        """Looks for somebody and cancels in the same breath. None, unless the two have crossed."""
        finding = self._ask(self._main, "match:next" if self._conversation else "match:find", plan.wishes)
        await asyncio.gather(finding, self._ask(self._main, "match:cancel", {}))
        await self._pause()
        # Whoever was found in that moment hears of the end as well.
        await self._until(lambda: self._conversation is None, LINGERING_SECONDS)
        return self._conversation

    # Talking

    async def _talk(self, plan, conversation):
        said = []
        for number in range(plan.messages):
            if plan.types:
                await self._main.tell("typing", {"conversation_id": conversation, "on": True})
            if plan.cut_before != number:
                await self._pause()
            else:
                await self._moment()
                await self._go_and_come_back(plan.stays_away)
                await self._say_again(said)
                await self._main.ask("history", {"conversation_id": conversation})
            # Nothing new is said before what was lost with a connection that nobody cut.
            if any(answer.done() and answer.result() is None for _, answer in said):
                await self._say_again(said)
            if self._conversation != conversation:
                break
            said.append(self._say(self._draft(conversation)))
        await self._say_again(said)

    def _draft(self, conversation):
        """The body tells whoever reads it who wrote it, as the alias does not."""
        self._messages += 1
        client_id = str(uuid.uuid4())
        return {"conversation_id": conversation, "body": f"{self.name} {self._messages} {client_id}", "client_id": client_id}

    def _say(self, draft):
        return draft, asyncio.create_task(self._main.ask("message:send", draft))

    async def _say_again(self, said):
        """Sends again, in order, what the end of a connection left unanswered."""
        for number, (draft, answer) in enumerate(said):
            if await answer is None:
                await self._until(lambda: self._main.is_ready)
                said[number] = self._say(draft)
                await said[number][1]

    # Ending

    async def _end(self, ending, conversation):
        def leave():
            return self._main.ask("match:leave", {})

        def block():
            return self._main.ask("user:block", {"conversation_id": conversation})

        answer = None
        match ending:
            case "next":
                pass  # The next round asks for the next one.
            case "leave":
                answer = await leave()
            case "linger":
                if not await self._until(lambda: self._conversation != conversation, LINGERING_SECONDS):
                    answer = await leave()
            case "block":
                answer = await block()
            case "block_afterwards":
                await leave()
                answer = await block()
            case "report":
                answer = await self._main.ask("report", {"conversation_id": conversation, "reason": "spam"})
        if answer and answer["ok"]:
            self._finish(conversation)

    # Being there

    async def _go_and_come_back(self, stay_away):
        """Loses every connection; comes back at once or, to `stay_away`, when it is too late."""
        await self._close_second()
        await self._main.cut(for_good=stay_away)
        if stay_away:
            await asyncio.sleep(self._config["reconnect_ms"] / 1_000 + PAST_SECONDS)
            await self._main.connect()
        await self._until(lambda: self._main.is_ready)

    def _open(self, name):
        return Line(self._config["url"], self._account["token"], self._http, self._journal, name, self)

    async def _close_second(self):
        if self._second is not None:
            second, self._second = self._second, None
            await second.close()

    # What the server tells

    @property
    def _conversation(self):
        return self._match and self._match.get("conversation_id")

    @property
    def _is_waiting(self):
        return bool(self._match) and self._match["state"] == "waiting"

    async def _ask(self, line, name, payload):
        found, left = self._found, self._conversation if name == "match:next" else None
        if left is not None:
            self._over.add(left)
        answer = await line.ask(name, payload)
        if not answer or not answer["ok"]:
            self._over.discard(left)
        elif name == "match:cancel":
            self._match = None if self._is_waiting else self._match
        elif answer["match"]["state"] == "matched" or found == self._found:
            self.learn(answer["match"])
        return answer

    def hear(self, event, payload):
        if event == "match:found":
            self._found += 1
            self.learn(payload)
        elif event == "match:ended":
            self._finish(payload["conversation_id"])

    def learn(self, match):
        if (match or {}).get("conversation_id") not in self._over:
            self._match = match
        self.wake()

    def _finish(self, conversation):
        self._over.add(conversation)
        if self._conversation == conversation:
            self._match = None
        self.wake()

    # Time

    def wake(self):
        self._something_happened.set()

    async def _until(self, condition, seconds=PATIENCE_SECONDS):
        """Whether `condition` comes true in time; asked whenever something has happened."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._something_happened.clear()
                    await self._something_happened.wait()
        except TimeoutError:
            return False
        return True

    async def _pause(self):
        """Nobody can foretell how long. Who has had their rounds is there for the others, and in no hurry."""
        longest = self._config["pause_ms"] * (1 if self.rounds < self._config["rounds"] else LEISURE)
        await asyncio.sleep(self._chance.uniform(0, longest) / 1_000)

    async def _moment(self):
        """As long as an answer takes, more or less: what is cut then is cut in the middle of something."""
        await asyncio.sleep(self._chance.uniform(0, MOMENT_SECONDS))
