"""community.yaml and calendar.yaml."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from knowledge.fields import Day, Letter, Line, Phone, Positive
from knowledge.shapes.base import OfficeHours, Shape


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


class CalendarFile(Shape):
    days: Mapping[Day, Literal["休", "班"]] = Field(alias="调整", default={})
