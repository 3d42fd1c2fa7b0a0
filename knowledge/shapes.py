"""What each knowledge file may contain. The Chinese names are the keys that staff write."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from knowledge.fields import (
    Amount,
    BuildingsText,
    ClockRange,
    ClockTime,
    Day,
    DutyDaysText,
    Flag,
    HomeText,
    Identifier,
    Letter,
    Line,
    OccasionText,
    Phone,
    Positive,
    RecurrenceText,
    ReplyKey,
    Run,
    SpanText,
    Weekday,
    Weekdays,
    Whole,
    Word,
)
from knowledge.model import RoleName


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _blank_means_not_given(cls, values: object) -> object:
        """`别名:` with nothing behind it says the same as no line at all, where the field may be left out."""
        if not isinstance(values, dict):
            return values
        optional = {field.alias for field in cls.model_fields.values() if not field.is_required()}
        return {key: value for key, value in values.items() if value is not None or key not in optional}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    tuple[BuildingsText, ...],
    BeforeValidator(_as_list, json_schema_input_type=BuildingsText | tuple[BuildingsText, ...]),
]
Names = Annotated[tuple[Line, ...], BeforeValidator(_as_list, json_schema_input_type=Line | tuple[Line, ...])]
OfficeHours = Mapping[Weekdays, tuple[ClockRange, ...]]


# -- community.yaml -----------------------------------------------------------------------------------


class BotShape(Shape):
    name: Line = Field(alias="名")
    called: tuple[Line, ...] = Field(alias="群内称呼")


class CentreShape(Shape):
    address: Line = Field(alias="地址")
    phone: Phone = Field(alias="电话")


class NumbersShape(Shape):
    """Numbers that sentences may name; the English names are the placeholders, as in {gas_rescue}."""

    police: Phone = Field(alias="报警")
    fire: Phone = Field(alias="火警")
    ambulance: Phone = Field(alias="急救")
    traffic: Phone = Field(alias="交通事故")
    gas_rescue: Phone = Field(alias="燃气抢修")
    lift_rescue: Phone = Field(alias="电梯应急")
    heating: Phone = Field(alias="供热")
    power: Phone = Field(alias="供电")
    hotline: Phone = Field(alias="政务热线")
    legal: Phone = Field(alias="法律援助")
    women: Phone = Field(alias="妇女儿童")
    youth: Phone = Field(alias="青少年")
    mental: Phone = Field(alias="心理援助")
    fraud: Phone = Field(alias="反诈")
    discipline: Phone = Field(alias="纪检监督")
    medical_insurance: Phone = Field(alias="医保")
    social_insurance: Phone = Field(alias="人社")
    consumer: Phone = Field(alias="消费维权")


class CommunityFile(Shape):
    id: Positive = Field(alias="编号")
    subdistrict: Line = Field(alias="街道")
    name: Line = Field(alias="社区")
    ticket_letter: Letter = Field(alias="工单字母")
    bot: BotShape = Field(alias="机器人")
    duty_phone: Phone = Field(alias="值班电话")
    office_hours: OfficeHours = Field(alias="办公时间")
    centre: CentreShape = Field(alias="党群服务中心")
    numbers: NumbersShape = Field(alias="号码")
    other_numbers: Mapping[Line, Phone] = Field(alias="其他号码", default={})


# -- places.yaml, people.yaml, residents.yaml ---------------------------------------------------------


class CompoundShape(Shape):
    name: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="别名", default=())
    buildings: Run = Field(alias="楼")
    units: Positive = Field(alias="单元")
    floors: Positive = Field(alias="层")
    has_lift: Flag = Field(alias="电梯")
    property_firm: Line | None = Field(alias="物业", default=None)
    office_hours: OfficeHours | None = Field(alias="办公时间", default=None)


class GridShape(Shape):
    name: Line = Field(alias="名")
    scopes: OneOrMore = Field(alias="范围")
    worker: Line = Field(alias="网格员")
    stand_in: Line | None = Field(alias="顶班", default=None)


class PlacesFile(Shape):
    compounds: tuple[CompoundShape, ...] = Field(alias="小区", min_length=1)
    grids: tuple[GridShape, ...] = Field(alias="网格", min_length=1)


class PersonShape(Shape):
    name: Line = Field(alias="名")
    role: Line = Field(alias="角色")
    phone: Phone | None = Field(alias="电话", default=None)
    firm: Line | None = Field(alias="单位", default=None)
    buildings: OneOrMore = Field(alias="负责", default=())
    accounts: Mapping[Line, Line] = Field(alias="账号", default={})
    since: Day | None = Field(alias="到岗", default=None)
    until: Day | None = Field(alias="离岗", default=None)


class GroupShape(Shape):
    name: Line = Field(alias="名")
    compound: Line = Field(alias="属于")
    members: Literal["居民", "工作人员"] = Field(alias="成员")
    chats: Mapping[Line, Line] = Field(alias="群号", default={})


class PeopleFile(Shape):
    titles: Mapping[Line, RoleName] = Field(alias="角色")
    people: tuple[PersonShape, ...] = Field(alias="人员", min_length=1)
    groups: tuple[GroupShape, ...] = Field(alias="群", default=())


class ResidentShape(Shape):
    name: Line = Field(alias="名")
    home: HomeText = Field(alias="住址")
    phone: Phone | None = Field(alias="电话", default=None)


class ResidentsFile(Shape):
    residents: tuple[ResidentShape, ...] = Field(alias="居民", default=())


# -- categories.yaml, emergencies.yaml ----------------------------------------------------------------


class ClocksShape(Shape):
    accept: SpanText = Field(alias="签收")
    contact: SpanText = Field(alias="联系")
    resolve: SpanText = Field(alias="办结")


class CategoryShape(Shape):
    name: Line = Field(alias="名称")
    short: Line = Field(alias="简称")
    urgency: Literal["E", "P1", "P2", "P3", "P4"] = Field(alias="紧急")
    accept: SpanText | None = Field(alias="签收", default=None)
    contact: SpanText | None = Field(alias="联系", default=None)
    resolve: SpanText | None = Field(alias="办结", default=None)
    place: Literal["不问", "任意", "小区", "楼", "单元", "室"] = Field(alias="地点")
    chain: Line = Field(alias="负责")
    confidential: Flag = Field(alias="保密", default=False)
    words: tuple[Line, ...] = Field(alias="词", default=())
    not_words: tuple[Line, ...] = Field(alias="排除词", default=())


class LocalClocksShape(Shape):
    places: OneOrMore = Field(alias="地点", min_length=1)
    categories: Names = Field(alias="类别", default=())
    accept: SpanText | None = Field(alias="签收", default=None)
    contact: SpanText | None = Field(alias="联系", default=None)
    resolve: SpanText | None = Field(alias="办结", default=None)


class ClocksByUrgency(Shape):
    e: ClocksShape = Field(alias="E")
    p1: ClocksShape = Field(alias="P1")
    p2: ClocksShape = Field(alias="P2")
    p3: ClocksShape = Field(alias="P3")
    p4: ClocksShape = Field(alias="P4")


class CategoriesFile(Shape):
    groups: Mapping[Letter, Line] = Field(alias="大类")
    clocks: ClocksByUrgency = Field(alias="默认时限")
    local_clocks: tuple[LocalClocksShape, ...] = Field(alias="各地时限", default=())
    categories: Mapping[Line, CategoryShape] = Field(alias="类别")


class EmergencyShape(Shape):
    name: Line = Field(alias="名称")
    reply: ReplyKey = Field(alias="答复")
    private_only: Flag = Field(alias="只私聊", default=False)
    patterns: tuple[Line, ...] = Field(alias="规则", min_length=1)


class EmergenciesFile(Shape):
    classes: Mapping[Line, EmergencyShape] = Field(alias="紧急类")
    softeners: tuple[Line, ...] = Field(alias="减弱", default=())


# -- replies.yaml, reminders.yaml, calendar.yaml ------------------------------------------------------

RepliesFile = Mapping[Word, Mapping[Word, Line]]


def flattened(replies: RepliesFile) -> Mapping[tuple[str, str], str]:
    """(section, key) -> sentence. Joined by a dot, the two are the sentence's name."""
    return {
        (section, key): sentence for section, entries in replies.items() for key, sentence in entries.items()
    }


class ReminderShape(Shape):
    name: Line = Field(alias="名")
    kind: Word = Field(alias="种类")
    to: Line = Field(alias="给")
    time: RecurrenceText = Field(alias="时间")
    content: Line = Field(alias="内容")


class QuietShape(Shape):
    hours: ClockRange = Field(alias="时间")
    except_for: tuple[Literal["紧急", "P1"], ...] = Field(alias="除外", default=("紧急", "P1"))


class BudgetShape(Shape):
    worker_singles: Whole = Field(alias="工作人员每天单条")
    resident_per_matter: Whole = Field(alias="居民每件事")
    leader: Whole = Field(alias="楼长每天")


class RemindersFile(Shape):
    reminders: tuple[ReminderShape, ...] = Field(alias="提醒")
    quiet: QuietShape = Field(alias="免打扰")
    budget: BudgetShape = Field(alias="推送限额")


class CalendarFile(Shape):
    days: Mapping[Day, Literal["休", "班"]] = Field(alias="调整", default={})


# -- duty.yaml ------------------------------------------------------------------------------------------


class ResponsibilityShape(Shape):
    categories: Names = Field(alias="类别", min_length=1)
    places: OneOrMore = Field(alias="地点", default=())
    person: Line = Field(alias="人")
    basis: Line = Field(alias="依据", default="")


class ShiftShape(Shape):
    shift: Line = Field(alias="班")
    days: Literal["工作日", "周末", "节假日", "每天"] = Field(alias="日子")
    hours: ClockRange = Field(alias="时间")


class DutyShape(Shape):
    shift: Line = Field(alias="班")
    days: DutyDaysText = Field(alias="日子")
    people: Names = Field(alias="人", min_length=1)


class DutyFile(Shape):
    responsibilities: tuple[ResponsibilityShape, ...] = Field(alias="归口", default=())
    shifts: tuple[ShiftShape, ...] = Field(alias="班次", default=())
    duties: tuple[DutyShape, ...] = Field(alias="值班", default=())


# -- coordination.yaml ---------------------------------------------------------------------------------


class ClimbsShape(Shape):
    community: Positive | None = Field(alias="L2", default=None)
    subdistrict: Positive | None = Field(alias="L3", default=None)


class ArrivalsShape(Shape):
    e: SpanText | None = Field(alias="E", default=None)
    p1: SpanText | None = Field(alias="P1", default=None)
    p2: SpanText | None = Field(alias="P2", default=None)
    p3: SpanText | None = Field(alias="P3", default=None)
    p4: SpanText | None = Field(alias="P4", default=None)


class WhistleShape(Shape):
    answer: SpanText = Field(alias="响应")
    arrivals: ArrivalsShape = Field(alias="到场", default=ArrivalsShape())


class DepartmentShape(Shape):
    name: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="又叫", default=())
    contact: Line | None = Field(alias="联系人", default=None)
    phone: Phone | None = Field(alias="电话", default=None)


class OutageShape(Shape):
    categories: tuple[Line, ...] = Field(alias="类别")
    households: Positive = Field(alias="几户")


class CoordinationFile(Shape):
    climbs: ClimbsShape = Field(alias="超期升级", default=ClimbsShape())
    whistle: WhistleShape | None = Field(alias="吹哨", default=None)
    departments: tuple[DepartmentShape, ...] = Field(alias="部门", default=())
    outage: OutageShape | None = Field(alias="群通知", default=None)


# -- legal.yaml, activities.yaml, faq/ ----------------------------------------------------------------


class WindowShape(Shape):
    weekday: Weekday = Field(alias="每周")
    start: ClockTime = Field(alias="从")
    end: ClockTime = Field(alias="到")


class AheadShape(Shape):
    days: Positive = Field(alias="最早天数")
    hours: Whole = Field(alias="最晚小时")


class LegalFile(Shape):
    lawyer: Line = Field(alias="律师")
    place: Line = Field(alias="地点")
    windows: tuple[WindowShape, ...] = Field(alias="时段", min_length=1)
    slot_minutes: Positive = Field(alias="每段分钟")
    seats: Positive = Field(alias="每段人数")
    modes: tuple[Line, ...] = Field(alias="方式", min_length=1)
    ahead: AheadShape = Field(alias="提前")


class ActivityShape(Shape):
    id: Identifier = Field(alias="编号")
    title: Line = Field(alias="名")
    aliases: tuple[Line, ...] = Field(alias="别名", default=())
    time: OccasionText = Field(alias="时间")
    place: Line = Field(alias="地点")
    seats: Positive = Field(alias="名额")
    hours: Amount = Field(alias="时长")


class ActivitiesFile(Shape):
    activities: tuple[ActivityShape, ...] = Field(alias="活动", default=())


class FaqHead(Shape):
    """The front matter of one FAQ entry; the answer is the body below it."""

    id: Identifier
    title: Line = Field(alias="标题")
    phrases: tuple[Line, ...] = Field(alias="问法")
    compounds: tuple[Line, ...] = Field(alias="适用", default=())
    source: Line = Field(alias="来源", default="")
    updated_on: Day | None = Field(alias="更新于", default=None)
    valid_until: Day | None = Field(alias="有效期至", default=None)
    owner: Line = Field(alias="负责人", default="")
    related: tuple[Identifier, ...] = Field(alias="相关", default=())
