# What Grafana's panels look like in a dashboard's JSON (schemaVersion 39), made from what is worth saying of one: its title, what
# it means, its expressions and their unit. Every panel of a kind looks the same.
#
# Which panels there are is in dashboard.py.

SOURCE = {"type": "prometheus", "uid": "${DS_PROM}"}
RED, YELLOW, GREEN, GREY, BLUE = "red", "yellow", "green", "#808080", "blue"


def target(expr, legend="{{instance}}", **more):
    return {"expr": expr, "legend": legend, **more}


def steps(*pairs):
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in pairs]}


# What is shown instead of 0, 1, 2 ...: pairs of text and colour.
def instead(*texts):
    options = {str(value): {"text": text, "color": color, "index": value} for value, (text, color) in enumerate(texts)}
    return [{"type": "value", "options": options}]


def override(name, properties):
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": key,
                                                                          "value": properties[key]} for key in properties]}


def panel(kind, title, about, targets, unit="short", width=8, height=8, **more):
    defaults = {"unit": unit, "mappings": more.pop("mappings", []), "thresholds": more.pop("thresholds", steps((None, GREEN)))}
    defaults.update(more.pop("defaults", {}))
    return {"kind": kind, "title": title, "about": about, "targets": targets, "width": width, "height": height,
            "defaults": defaults, "overrides": more.pop("overrides", []), "options": more.pop("options", {}), **more}


def stat(title, about, targets, unit="short", **more):
    options = {"colorMode": "background", "graphMode": more.pop("graph", "none"), "justifyMode": "auto", "orientation": "auto",
               "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "textMode": more.pop("text", "auto")}
    return panel("stat", title, about, targets, unit, more.pop("width", 4), more.pop("height", 5), options=options, **more)


def graph(title, about, targets, unit="short", bars=False, stacked=False, limit=None, most=None, **more):
    custom = {"drawStyle": "bars" if bars else "line", "fillOpacity": 60 if bars else 20 if stacked else 8, "lineWidth": 1,
              "showPoints": "never", "spanNulls": False, "stacking": {"group": "A",
                                                                      "mode": "normal" if stacked or bars else "none"}}
    if limit is not None:
        custom["thresholdsStyle"] = {"mode": "dashed"}
        more["thresholds"] = steps((None, GREEN), (limit, RED))
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    defaults = {"min": 0, "custom": custom} | ({} if most is None else {"max": most})
    return panel("timeseries", title, about, targets, unit, options=options, defaults=defaults, **more)


def heatmap(title, about, targets, unit, calculated, **more):
    options = {"calculate": calculated, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 32},
               "tooltip": {"mode": "single", "yHistogram": False}, "yAxis": {"unit": unit}}
    return panel("heatmap", title, about, targets, unit, options=options, **more)


def grafana_target(number, wanted):
    made = {"datasource": SOURCE, "editorMode": "code", "expr": wanted["expr"], "legendFormat": wanted["legend"],
            "range": not wanted.get("instant", False), "instant": wanted.get("instant", False), "refId": chr(ord("A") + number)}
    if "format" in wanted:
        made["format"] = wanted["format"]
    return made


def grafana_panel(number, wanted, x, y):
    made = {"id": number, "type": wanted["kind"], "title": wanted["title"], "description": wanted["about"], "datasource": SOURCE,
            "gridPos": {"h": wanted["height"], "w": wanted["width"], "x": x, "y": y},
            "fieldConfig": {"defaults": wanted["defaults"], "overrides": wanted["overrides"]}, "options": wanted["options"],
            "targets": [grafana_target(i, t) for i, t in enumerate(wanted["targets"])]}
    if "transformations" in wanted:
        made["transformations"] = wanted["transformations"]
    return made


# Left to right, and down when a line of 24 columns is full; a line is as high as its highest panel.
def laid_out(rows):
    number, y = 1, 0
    for title, panels in rows:
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": {"h": 1, "w": 24, "x": 0, "y": y},
               "panels": []}
        number, y, x, height = number + 1, y + 1, 0, 0
        for wanted in panels():
            if x + wanted["width"] > 24:
                x, y, height = 0, y + height, 0
            yield grafana_panel(number, wanted, x, y)
            number, x, height = number + 1, x + wanted["width"], max(height, wanted["height"])
        y += height
