"""Files for GPS, QGIS and QField.

In: a `Sheet`. Out: GPX, KML, GeoPackage, shapefile.
"""
