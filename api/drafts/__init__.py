"""From a form or a document to a checked draft of a deal: sentences, payoff and unsigned transactions. Holds no key."""
