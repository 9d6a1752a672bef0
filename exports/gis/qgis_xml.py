"""The XML that QGIS reads: a layer's style and form (QML), and a project of layers (QGS); for QGIS 3.22 and later."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from exports.tables.columns import Column
from exports.tables.field import ASKED
from geo.model.facts import facts

#: QGIS's own names of the marker shapes, as near to the map's as it has them.
_SHAPES = {
    "functional": "circle",
    "needs_repair": "triangle",
    "not_in_use": "square",
    "dry_season": "diamond",
    "non_functional": "cross_fill",
    "abandoned": "pentagon",
    "unknown": "hexagon",
}
_VERSION = "3.22.16"
#: What a new feature gets by itself.
_DEFAULTS = {"uuid": "uuid()", "visited_on": "to_date(now())", "service": "'water'"}


@dataclass(frozen=True)
class LayerLook:
    """A layer of the package: its columns, whether it holds points, where it lies, statuses to colour, if a form."""

    name: str
    title: str
    columns: tuple[Column, ...]
    points: bool
    bounds: tuple[float, ...]
    statuses: tuple[tuple[str, str], ...]
    form: bool


def style_xml(look: LayerLook) -> str:
    """QML of a layer."""
    root = Xml.Element("qgis", version=_VERSION, styleCategories="AllStyleCategories")
    if look.points:
        root.set("labelsEnabled", "1")
    _style(root, look)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def project_xml(title: str, gpkg: str, looks: list[LayerLook]) -> str:
    """QGS of a project whose layers lie in a GeoPackage beside it; paths are relative, nothing is fetched."""
    root = Xml.Element("qgis", projectname=title, version=_VERSION)
    _text(root, "title", title)
    _srs(Xml.SubElement(root, "projectCrs"))
    tree = Xml.SubElement(root, "layer-tree-group")
    canvas = Xml.SubElement(root, "mapcanvas", name="theMapCanvas")
    _text(canvas, "units", "degrees")
    extent = Xml.SubElement(canvas, "extent")
    west, south, east, north = looks[0].bounds
    margin = max(east - west, north - south, 0.01) * 0.1
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), (west, south, east, north), strict=True):
        _text(extent, tag, repr(value - margin if tag.endswith("min") else value + margin))
    _srs(Xml.SubElement(canvas, "destinationsrs"))
    layers = Xml.SubElement(root, "projectlayers")
    order = Xml.SubElement(root, "layerorder")
    for look in looks:
        source = f"./{gpkg}|layername={look.name}"
        told = {
            "id": layer_id(look.name),
            "name": look.title,
            "source": source,
            "providerKey": "ogr",
            "checked": "Qt::Checked",
        }
        Xml.SubElement(tree, "layer-tree-layer", told)
        Xml.SubElement(order, "layer", id=layer_id(look.name))
        layers.append(_map_layer(look, source))
    properties = Xml.SubElement(root, "properties")
    Xml.SubElement(Xml.SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    # without this QGIS reads the project's coordinate system as none
    Xml.SubElement(Xml.SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def layer_id(name: str) -> str:
    """Id of a layer in the project: QGIS replaces ids shorter than eleven characters.

    Examples
    --------
    >>> layer_id("mata_air")
    'mata_air_layer'
    """
    return f"{name}_layer"


def _map_layer(look: LayerLook, source: str) -> Xml.Element:
    kind = "Point" if look.points else "Polygon"
    layer = Xml.Element("maplayer", type="vector", geometry=kind, wkbType="Unknown", labelsEnabled="1")
    _text(layer, "id", layer_id(look.name))
    _text(layer, "datasource", source)
    _text(layer, "layername", look.title)
    _srs(Xml.SubElement(layer, "srs"))
    Xml.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    if not look.form:
        flags = Xml.SubElement(layer, "flags")
        for name, value in (("Identifiable", "1"), ("Removable", "1"), ("Searchable", "1")):
            _text(flags, name, value)
        layer.set("readOnly", "1")
    _style(layer, look)
    return layer


def _style(root: Xml.Element, look: LayerLook) -> None:
    _fields(root, look)
    _renderer(root, look)
    if look.points:
        _labels(root, "site_id" if look.form else "name")


def _fields(root: Xml.Element, look: LayerLook) -> None:
    """Widgets, labels, defaults, and what may be edited."""
    widgets = Xml.SubElement(root, "fieldConfiguration")
    aliases = Xml.SubElement(root, "aliases")
    defaults = Xml.SubElement(root, "defaults")
    editable = Xml.SubElement(root, "editable")
    asked = ASKED | {"name", "service", "technology"}
    for column in look.columns:
        field = Xml.SubElement(widgets, "field", name=column.name, configurationFlags="None")
        _widget(field, column)
        Xml.SubElement(aliases, "alias", field=column.name, name=column.label)
        default = _DEFAULTS.get(column.name, "") if look.form else ""
        Xml.SubElement(defaults, "default", field=column.name, expression=default, applyOnUpdate="0")
        Xml.SubElement(editable, "field", name=column.name, editable=str(int(look.form and column.name in asked)))


def _widget(field: Xml.Element, column: Column) -> None:
    if column.choices:
        kind, config = "ValueMap", _value_map(column)
    elif column.name == "photo":
        kind = "ExternalResource"  # a picture beside the project, its path relative to it
        config = _options(
            DocumentViewer="1",
            FileWidget="true",
            FileWidgetButton="true",
            RelativeStorage="1",
            StorageMode="0",
            DefaultRoot="DCIM",
        )
    elif column.name == "visited_on":
        kind = "DateTime"
        config = _options(allow_null="true", calendar_popup="true", display_format="d MMMM yyyy",
                          field_format="yyyy-MM-dd", field_iso_format="false")  # fmt: skip
    elif column.format == "flag":
        kind, config = "CheckBox", _options()
    else:
        multi = "true" if column.name in ("why", "note", "marks") else "false"
        kind, config = "TextEdit", _options(IsMultiline=multi, UseHtml="false")
    widget = Xml.SubElement(field, "editWidget", type=kind)
    Xml.SubElement(widget, "config").append(config)


def _options(**values: str) -> Xml.Element:
    whole = Xml.Element("Option", type="Map")
    for name, value in values.items():
        kind = "bool" if value in ("true", "false") else "int" if value.isdigit() else "QString"
        Xml.SubElement(whole, "Option", name=name, value=value, type=kind)
    return whole


def _value_map(column: Column) -> Xml.Element:
    whole = Xml.Element("Option", type="Map")
    listed = Xml.SubElement(whole, "Option", name="map", type="List")
    for value, word in column.choices:
        entry = Xml.SubElement(listed, "Option", type="Map")
        Xml.SubElement(entry, "Option", name=word, value=value, type="QString")
    return whole


def _renderer(root: Xml.Element, look: LayerLook) -> None:
    if not look.statuses:
        renderer = Xml.SubElement(root, "renderer-v2", type="singleSymbol", forceraster="0", enableorderby="0")
        symbols = Xml.SubElement(renderer, "symbols")
        symbols.append(_marker("0", "circle", "#ffffff", "2") if look.points else _outline())
        return
    renderer = Xml.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr="status", forceraster="0", enableorderby="0"
    )
    categories = Xml.SubElement(renderer, "categories")
    symbols = Xml.SubElement(renderer, "symbols")
    for number, (value, word) in enumerate(look.statuses):
        Xml.SubElement(categories, "category", value=value, label=word, symbol=str(number), render="true")
        symbols.append(_marker(str(number), _SHAPES[value], facts("looks")["status"][value]["colour"], "3.6"))
    # a new site has no status on record yet
    Xml.SubElement(categories, "category", value="", label="–", symbol=str(len(look.statuses)), render="true")
    symbols.append(_marker(str(len(look.statuses)), "star", "#ffffff", "3.6"))


def _marker(name: str, shape: str, colour: str, size: str) -> Xml.Element:
    symbol = Xml.Element("symbol", type="marker", name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = Xml.SubElement(symbol, "layer", {"class": "SimpleMarker", "enabled": "1", "locked": "0", "pass": "0"})
    layer.append(_options(name=shape, color=_rgba(colour), size=size, size_unit="MM", outline_color="0,0,0,255",
                          outline_width="0.3", outline_width_unit="MM"))  # fmt: skip
    return symbol


def _outline() -> Xml.Element:
    symbol = Xml.Element("symbol", type="fill", name="0", alpha="1", clip_to_extent="1", force_rhr="0")
    layer = Xml.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": "0"})
    layer.append(_options(style="no", color="0,0,0,0", outline_color="80,80,80,255", outline_style="dash",
                          outline_width="0.4", outline_width_unit="MM"))  # fmt: skip
    return symbol


def _labels(root: Xml.Element, field: str) -> None:
    labeling = Xml.SubElement(root, "labeling", type="simple")
    settings = Xml.SubElement(labeling, "settings", calloutType="simple")
    style = Xml.SubElement(
        settings, "text-style", fieldName=field, isExpression="0", fontSize="8", fontSizeUnit="Point", fontFamily="Sans"
    )
    Xml.SubElement(style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM")
    Xml.SubElement(settings, "placement", placement="6", dist="1", distUnits="MM")


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _srs(parent: Xml.Element) -> None:
    system = Xml.SubElement(parent, "spatialrefsys")
    for tag, text in (
        ("proj4", "+proj=longlat +datum=WGS84 +no_defs"),
        ("srsid", "3452"),
        ("srid", "4326"),
        ("authid", "EPSG:4326"),
        ("description", "WGS 84"),
        ("projectionacronym", "longlat"),
        ("ellipsoidacronym", "EPSG:7030"),
        ("geographicflag", "true"),
    ):
        _text(system, tag, text)


def _text(parent: Xml.Element, tag: str, text: str) -> None:
    Xml.SubElement(parent, tag).text = text
