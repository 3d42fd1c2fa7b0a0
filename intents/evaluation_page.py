"""The evaluation as one HTML page that needs nothing else: plots are drawn as SVG."""

from collections.abc import Sequence
from html import escape

from intents.datafiles import load
from intents.evaluation import Evaluation, as_text

_WIDTH, _HEIGHT, _MARGIN = 560, 300, 48
_BAR = 18
_BINS = 10
_STYLE = (
    "body{font:15px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;color:#222}"
    "pre{background:#f6f6f4;padding:1rem;overflow-x:auto}svg{max-width:100%;height:auto}"
    "text{font-size:12px;fill:#333}.precision{fill:#3b6ea5}.recall{fill:#d98c3f}"
    ".line{fill:none;stroke:#3b6ea5;stroke-width:2}.axis{stroke:#999}.guide{stroke:#bbb;stroke-dasharray:4}"
)


def as_page(evaluation: Evaluation) -> str:
    said = {key: str(value) for key, value in load("evaluation.yaml").items()}
    parts = [
        f"<h1>{escape(said['标题'])}</h1>",
        f"<pre>{escape(as_text(evaluation))}</pre>",
        _section(said["图一"], _bars(evaluation, said)),
        _section(said["图二"], _reliability(evaluation, said)),
        _section(said["图三"], _trade(evaluation, said)),
        _section(said["图四"], _confusion(evaluation, said)),
    ]
    return (
        "<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{escape(said['标题'])}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


def _section(title: str, plot: str) -> str:
    return f"<h2>{escape(title)}</h2>{plot}" if plot else ""


def _bars(evaluation: Evaluation, said: dict[str, str]) -> str:
    scores = [score for score in evaluation.by_intent() if score.count]
    if not scores:
        return ""
    marks: list[str] = []
    scale = _WIDTH - 240
    for row, score in enumerate(scores):
        top = 24 + row * (2 * _BAR + 10)
        marks.append(
            f"<text x='0' y='{top + _BAR}'>{escape(score.intent or said['无'])} ({score.count})</text>"
        )
        pairs = (("precision", score.precision), ("recall", score.recall))
        for lane, (kind, share) in enumerate(pairs):
            y = top + lane * _BAR
            width = (share or 0) * scale
            marks.append(f"<rect class='{kind}' x='180' y='{y}' width='{width:.1f}' height='{_BAR - 3}'/>")
            if share is not None:
                marks.append(f"<text x='{184 + share * scale:.1f}' y='{y + 12}'>{share:.0%}</text>")
    legend = _legend("precision", 180, said["查准"]) + _legend("recall", 270, said["查全"])
    height = 30 + len(scores) * (2 * _BAR + 10)
    return _svg(_WIDTH, height, legend + "".join(marks))


def _legend(kind: str, x: int, name: str) -> str:
    mark = f"<rect class='{kind}' x='{x}' y='4' width='10' height='10'/>"
    return f"{mark}<text x='{x + 14}' y='14'>{escape(name)}</text>"


def _reliability(evaluation: Evaluation, said: dict[str, str]) -> str:
    """How often the best intent was right, by the confidence that was given."""
    bins: list[list[bool]] = [[] for _ in range(_BINS)]
    for judged in evaluation.with_intent():
        if judged.got.intent is not None:
            bins[min(int(judged.got.confidence * _BINS), _BINS - 1)].append(judged.is_right)
    points = [
        ((number + 0.5) / _BINS, sum(rights) / len(rights)) for number, rights in enumerate(bins) if rights
    ]
    guide = _line("guide", [(0, 0), (1, 1)])
    return (
        _plot(guide + _line("line", points) + _dots(points), said["把握"], said["对的比例"]) if points else ""
    )


def _trade(evaluation: Evaluation, said: dict[str, str]) -> str:
    """Recall against false triggers, over all thresholds."""
    speaking, silent = evaluation.speaking()
    if not speaking or not silent:
        return ""
    wanted = sorted((j.got.confidence for j in speaking), reverse=True)
    unwanted = sorted((j.got.confidence for j in silent), reverse=True)
    points = []
    for threshold in sorted({*wanted, *unwanted}, reverse=True):
        false = sum(c >= threshold for c in unwanted) / len(unwanted)
        points.append((false, sum(c >= threshold for c in wanted) / len(wanted)))
    return _plot(_line("line", points), said["误触发率"], said["查全"])


def _confusion(evaluation: Evaluation, said: dict[str, str]) -> str:
    counts = evaluation.confusion()
    names = sorted({name for pair in counts for name in pair}, key=lambda name: name or "")
    if not names:
        return ""
    totals = {name: sum(n for (wanted, _), n in counts.items() if wanted == name) for name in names}
    cell, left, top = 26, 150, 130
    side = cell - 2
    marks = [f"<text x='0' y='{top - 8}'>{escape(said['应当是'])} ↓ {escape(said['当成了'])} →</text>"]
    for row, wanted in enumerate(names):
        label = escape(wanted or said["无"])
        x, y = left + row * cell + 16, top + row * cell + 18
        marks.append(f"<text x='0' y='{y}'>{label}</text>")
        marks.append(f"<text transform='translate({x},{top - 6}) rotate(-60)'>{label}</text>")
        for column, got in enumerate(names):
            if count := counts[wanted, got]:
                shade = 0.12 + 0.88 * count / totals[wanted]
                at = f"x='{left + column * cell}' y='{top + row * cell}' width='{side}' height='{side}'"
                marks.append(
                    f"<rect class='precision' {at} fill-opacity='{shade:.2f}'>"
                    f"<title>{label} → {escape(got or said['无'])}: {count}</title></rect>"
                    f"<text x='{left + column * cell + 4}' y='{y}'>{count}</text>"
                )
    return _svg(left + len(names) * cell + 60, top + len(names) * cell + 10, "".join(marks))


def _plot(content: str, below: str, beside: str) -> str:
    right, bottom = _WIDTH - 12, _HEIGHT - _MARGIN
    axes = (
        f"<line class='axis' x1='{_MARGIN}' y1='{bottom}' x2='{right}' y2='{bottom}'/>"
        f"<line class='axis' x1='{_MARGIN}' y1='12' x2='{_MARGIN}' y2='{bottom}'/>"
    )
    ticks = "".join(
        f"<text x='{_x(i / 5) - 10:.0f}' y='{bottom + 16}'>{i / 5:.0%}</text>"
        f"<text x='4' y='{_y(i / 5) + 4:.0f}'>{i / 5:.0%}</text>"
        for i in range(6)
    )
    names = f"<text x='{_WIDTH // 2}' y='{_HEIGHT - 8}'>{escape(below)}</text>"
    names += f"<text x='4' y='10'>{escape(beside)}</text>"
    return _svg(_WIDTH, _HEIGHT, axes + ticks + names + content)


def _line(kind: str, points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f"<polyline class='{kind}' fill='none' points='{path}'/>"


def _dots(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"<circle class='precision' cx='{_x(x):.1f}' cy='{_y(y):.1f}' r='4'/>" for x, y in points)


def _x(share: float) -> float:
    return _MARGIN + share * (_WIDTH - 12 - _MARGIN)


def _y(share: float) -> float:
    return _HEIGHT - _MARGIN - share * (_HEIGHT - _MARGIN - 12)


def _svg(width: int, height: int, content: str) -> str:
    return f"<svg viewBox='0 0 {width} {height}' width='{width}' height='{height}' role='img'>{content}</svg>"
