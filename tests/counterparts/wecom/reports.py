"""WeCom's 政民沟通: what residents and grid workers report, to be read and nothing else."""

import itertools
from collections.abc import Mapping

from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.corp import Corp
from tests.counterparts.wecom.server import Work

MOST_A_PAGE = 50
CREATED, DONE, REFUSED = 1, 5, 6


class Reports:
    """All state is public: tests read it and change it. `page` is how many orders one answer holds."""

    def __init__(self, corp: Corp, *, page: int = MOST_A_PAGE) -> None:
        self.corp = corp
        self.page = page
        self.orders: dict[str, list[Json]] = {"resident": [], "patrol": []}
        self.closed_to_us: set[str] = set()  # kinds that the application may not read
        self._numbers = itertools.count(1)
        for kind in self.orders:
            corp.server.add(f"/cgi-bin/report/{kind}/get_grid_info", self._grids(kind), method="GET")
            corp.server.add(f"/cgi-bin/report/{kind}/get_order_list", self._list(kind))

    def resident_reports(self, name: str, desc: str, **more: object) -> str:
        """Its number. `more` are further fields of the order, or other values for them."""
        reporter = {"reporter_name": name, "reporter_mobile": "13900001234", "unionid": f"union-{name}"}
        return self._add("resident", desc, CREATED, {**reporter, **more})

    def patrol_reports(self, userid: str, desc: str, **more: object) -> str:
        number = self._add("patrol", desc, CREATED, more)
        self.orders["patrol"][-1]["process_list"][0]["solve_userid"] = userid
        return number

    def settle(self, number: str, how: int = DONE) -> None:
        """Staff deal with it in WeCom."""
        for order in itertools.chain(*self.orders.values()):
            if order["order_id"] == number:
                order["process_list"].append({"process_type": how, "solve_userid": "LiMin", "status": 1})

    def _add(self, kind: str, desc: str, step: int, more: Mapping[str, object]) -> str:
        number = f"or{next(self._numbers):06}"
        self.orders[kind].append(
            {
                "order_id": number, "desc": desc, "urge_type": 1, "case_name": "其他", "grid_name": "一网格",
                "grid_id": "g1", "create_time": int(self.corp.clock.now().timestamp()), "image_urls": [],
                "video_media_ids": [], "location": {}, "processor_userids": ["LiMin"],
                "process_list": [{"process_type": step, "process_desc": "上报", "status": 1}], **more,
            }
        )  # fmt: skip
        return number

    def _grids(self, kind: str) -> Work:
        def work(_body: Json, parameters: Mapping[str, str]) -> Json:
            self._may_read(kind, parameters)
            return {"grid_list": [{"grid_id": "g1", "grid_name": "一网格", "grid_admin": ["LiMin"]}]}

        return work

    def _list(self, kind: str) -> Work:
        def work(body: Json, parameters: Mapping[str, str]) -> Json:
            self._may_read(kind, parameters)
            if not 0 < body.get("limit", 20) <= MOST_A_PAGE:
                raise Refused(40058, "invalid limit")
            since = body.get("begin_create_time", 0)
            wanted = [order for order in self.orders[kind] if order["create_time"] >= since]
            start = int(body.get("cursor") or 0)
            end = start + min(self.page, body.get("limit", 20))
            return {"order_list": wanted[start:end], "next_cursor": str(end) if end < len(wanted) else ""}

        return work

    def _may_read(self, kind: str, parameters: Mapping[str, str]) -> None:
        self.corp.app_of(parameters)
        if kind in self.closed_to_us:
            raise Refused(48002, "api forbidden")
