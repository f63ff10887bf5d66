"""The error of a rule in an agent's TOML that is too slow."""


class SlowRuleError(Exception):
    """A search was stopped: `rule` is the id of the rule, or the kind for its `identify`."""

    def __init__(self, kind: str, rule: str = "") -> None:
        self.rule = f"{kind}/{rule}" if rule else kind
        super().__init__(self.rule)
