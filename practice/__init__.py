"""People to records: clients, plans and their approval, sessions, notes; the rules of safety."""
