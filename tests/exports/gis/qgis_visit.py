"""Run by Debian's own Python with QGIS, headless: open the package as an engineer does, edit it offline, tell what is seen.

python3 qgis_visit.py FOLDER    prints one JSON object
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

folder = sys.argv[1]
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
seen = {"opened": project.read(os.path.join(folder, "mata-air.qgz")), "layers": {}}
seen["crs"] = project.crs().authid()
for layer in project.mapLayers().values():
    seen["layers"][layer.id()] = {
        "valid": layer.isValid(), "count": layer.featureCount(), "crs": layer.crs().authid(), "name": layer.name(),
        "renderer": type(layer.renderer()).__name__, "readonly": layer.readOnly(), "local": layer.source().startswith(folder),
    }  # fmt: skip
layer = project.mapLayer("mata_air_layer")
names = [field.name() for field in layer.fields()]
seen["labels"] = {name: layer.attributeAlias(n) for n, name in enumerate(names)}
seen["widgets"] = {name: layer.editorWidgetSetup(n).type() for n, name in enumerate(names)}
words = layer.editorWidgetSetup(names.index("status_new")).config()["map"]
seen["words"] = {word: value for entry in words for word, value in entry.items()}
seen["photo"] = layer.editorWidgetSetup(names.index("photo")).config()
seen["categories"] = [category.value() for category in layer.renderer().categories()]

if len(sys.argv) > 2:
    layer.startEditing()
    first = next(f for f in layer.getFeatures() if f["site_id"] == sys.argv[2])
    layer.changeAttributeValue(first.id(), names.index("status_new"), seen["words"]["Berfungsi"])
    layer.changeAttributeValue(first.id(), names.index("visited_on"), "2026-11-20")
    layer.changeAttributeValue(first.id(), names.index("photo"), "DCIM/kunjungan.jpg")
    layer.changeAttributeValue(first.id(), names.index("note"), "Klep diganti warga")
    geometry = QgsGeometry.fromPointXY(QgsPointXY(107.1612, -7.1934))
    new = QgsVectorLayerUtils.createFeature(layer, geometry, {names.index("technology"): "tap"})
    new["status_new"] = "functional"
    seen["new_uuid"] = new["uuid"]
    seen["added"] = layer.addFeature(QgsFeature(new))
    seen["saved"] = layer.commitChanges()
    seen["errors"] = layer.commitErrors()

alone = QgsVectorLayer(os.path.join(folder, "mata-air.gpkg") + "|layername=mata_air", "alone", "ogr")
seen["alone"] = {"style": type(alone.renderer()).__name__, "label": alone.attributeAlias(names.index("status_new"))}
print(json.dumps(seen), flush=True)
os._exit(0)  # QGIS 3.22 may crash while Python takes it apart
