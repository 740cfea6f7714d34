"""The whole hub at work: a shop, a real ERP, a carrier and a mailbox on this machine."""
