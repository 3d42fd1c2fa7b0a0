"""The channels of a WeCom corporation: staff, their groups and robots, and residents who come from WeChat."""
