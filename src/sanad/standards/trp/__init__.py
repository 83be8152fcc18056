"""TRP, the Travel Rule Protocol of OpenVASP, 3.x: its messages, its headers and versions, its addresses."""
