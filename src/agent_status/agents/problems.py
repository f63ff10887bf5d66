"""What stops a rule of an agent's TOML while it runs."""


class SlowRuleError(Exception):
    """A search was stopped: `rule` is the id of the rule, or the kind alone for its `identify`."""

    def __init__(self, kind: str, rule: str = "") -> None:
        self.rule = f"{kind}/{rule}" if rule else kind
        super().__init__(self.rule)
