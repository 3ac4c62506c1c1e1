"""What a wallet shows of our calls and messages before it signs them (ERC-7730)."""
