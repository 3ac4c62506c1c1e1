"""How many blocks to ask for at once: as many as the node gives, and as their events fit into one transaction."""

FIRST_BLOCKS = 1_000
MOST_BLOCKS = 100_000
MANY_EVENTS = 10_000


class Span:
    """Doubles until the node refuses for the first time, and grows by an eighth from then on."""

    def __init__(self) -> None:
        self.blocks = FIRST_BLOCKS
        self._was_refused = False

    def worked(self, blocks: int, events: int) -> None:
        """Only a whole span that held few events shows that a longer one would do."""
        if events > MANY_EVENTS:
            self.blocks = max(1, blocks // 2)
        elif blocks == self.blocks and events < MANY_EVENTS // 4:
            growth = self.blocks // 8 + 1 if self._was_refused else self.blocks
            self.blocks = min(MOST_BLOCKS, self.blocks + growth)

    def failed(self, blocks: int) -> None:
        self._was_refused = True
        self.blocks = max(1, blocks // 2)
