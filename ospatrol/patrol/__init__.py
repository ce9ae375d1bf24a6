"""The verbs: joins the rooms and owns every task."""
