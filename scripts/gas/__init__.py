"""What calls cost: whole transactions on a chain of their own, beside other escrows and the figures of before."""
