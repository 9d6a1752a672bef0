"""Run by Debian's own Python with GDAL and QGIS, headless: open the interface as an engineer does, tell what is seen.

python3 oapif_visit.py URL    prints one JSON object
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from osgeo import gdal, ogr
from qgis.core import QgsApplication, QgsVectorLayer

gdal.UseExceptions()
url = sys.argv[1]
source = ogr.Open(f"OAPIF:{url}")
seen = {"gdal": {}, "qgis": {}}
for n in range(source.GetLayerCount()):
    layer = source.GetLayer(n)
    ids = [feature.GetField("id") if feature.GetFieldIndex("id") >= 0 else feature.GetFID() for feature in layer]
    seen["gdal"][layer.GetName()] = len(ids)
layer = source.GetLayerByName("water_points")
layer.SetSpatialFilterRect(107.16, -7.19, 107.18, -7.15)
seen["gdal_box"] = sum(1 for _ in layer)
app = QgsApplication([], False)
app.initQgis()
for name in ("villages", "water_points"):
    layer = QgsVectorLayer(f"url='{url}' typename='{name}' pagingEnabled='true'", name, "OAPIF")
    seen["qgis"][name] = {"valid": layer.isValid(), "count": sum(1 for _ in layer.getFeatures()), "crs": layer.crs().authid(),
                          "fields": [field.name() for field in layer.fields()]}  # fmt: skip
print(json.dumps(seen))
