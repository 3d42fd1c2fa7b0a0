"""The ticket (事项, 工单): its rules, its rows and the desk that changes it.  Knows no chat."""
