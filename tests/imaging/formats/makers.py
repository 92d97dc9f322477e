"""Slides of one file in the layouts of scanners' makers, as small as openslide accepts them, written from what is known."""

import struct

import numpy as np
import tifffile
from tests.imaging.formats.slidefiles import encode_with_restarts, make_tissue

ROWS, COLUMNS = 512, 768
PER_CENTIMETER = 40_000
"""Pixels: a quarter of a micrometre each."""
PLAIN = {"photometric": "rgb", "metadata": None}
TILED = {"tile": (256, 256), **PLAIN}
XMP = 700


def levels():
    pixels = make_tissue(ROWS, COLUMNS)
    return [(i, np.ascontiguousarray(pixels[:: 1 << i, :: 1 << i])) for i in range(2)]


def resolution(level):
    return {"resolution": (PER_CENTIMETER >> level,) * 2, "resolutionunit": "CENTIMETER"}


def xmp(text):
    return [(XMP, 1, len(text), text.encode(), True)]


def write_trestle(path):
    """Its resolution is micrometres a pixel, whatever the unit says."""
    description = "Background Color=FFFFFF;Objective Power=20;OverlapsXY=0 0 0 0;"
    with tifffile.TiffWriter(path) as writer:
        for _, array in levels():
            writer.write(array, **TILED, software="MedScan 1.0", description=description, resolution=(0.25, 0.25))


def write_ventana(path):
    scan = '<iScan Magnification="20" ScanRes="0.25" UnitNumber="1" Z-layers="1">{}</iScan>'
    areas = '<AOI0 Left="0" Top="0" Right="3" Bottom="2"/>'
    joints = "".join(
        f'<TileJointInfo FlagJoined="1" Confidence="99" Direction="{direction}" Tile1="1" Tile2="{other}" '
        'OverlapX="0" OverlapY="0"/>'
        for direction, other in (("RIGHT", 2), ("UP", 6))
    )
    stitched = (
        f'<EncodeInfo Ver="2"><SlideInfo>{scan.format("")}</SlideInfo><SlideStitchInfo><ImageInfo AOIScanned="1" '
        'AOIIndex="0" NumRows="2" NumCols="3" Width="256" Height="256" Pos-X="0" Pos-Y="0">'
        f'{joints}</ImageInfo></SlideStitchInfo><AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>'
    )
    scanned = f"<Metadata>{scan.format(areas)}</Metadata>"
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        writer.write(make_tissue(256, 256), **PLAIN, description="Label Image", extratags=xmp(scanned))
        for i, array in levels():
            tags = xmp(stitched) if i == 0 else []
            writer.write(array, **TILED, description=f"level={i} mag={20 >> i} quality=95", extratags=tags)


def write_leica(path):
    """The scanned part stands in a larger collection, all of it measured in nanometres."""
    sizes = "".join(f'<dimension sizeX="{COLUMNS >> i}" sizeY="{ROWS >> i}" r="{i}" ifd="{i}"/>' for i, _ in levels())
    description = (
        '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="u">'
        f'<collection name="c" sizeX="{COLUMNS * 300}" sizeY="{ROWS * 300}"><image name="i" uuid="i">'
        '<creationDate>2020-01-01T00:00:00Z</creationDate><device model="Leica SCN400" version="1"/>'
        f'<pixels sizeX="{COLUMNS}" sizeY="{ROWS}">{sizes}</pixels>'
        f'<view sizeX="{COLUMNS * 250}" sizeY="{ROWS * 250}" offsetX="12500" offsetY="25000" spacingZ="0"/>'
        "<scanSettings><objectiveSettings><objective>20</objective></objectiveSettings><illuminationSettings>"
        "<numericalAperture>0.4</numericalAperture><illuminationSource>brightfield</illuminationSource>"
        "</illuminationSettings></scanSettings></image></collection></scn>"
    )
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for i, array in levels():
            writer.write(
                array, **TILED, **resolution(i), description=None if i else description, subfiletype=int(i > 0)
            )


def write_philips(path):
    def told(name, place, kind, value):
        group, element = place.split(",")
        return f'<Attribute Name="{name}" Group="0x{group}" Element="0x{element}" PMSVR="{kind}">{value}</Attribute>'

    def within(name, place, content):
        return told(name, place, "IDataObjectArray", f"<Array>{content}</Array>")

    def spacing(level):
        value = f"&quot;{0.00025 * (1 << level)}&quot;"
        return told("DICOM_PIXEL_SPACING", "0028,0030", "IDoubleArray", f"{value} {value}")

    represented = "".join(
        f'<DataObject ObjectType="PixelDataRepresentation">{spacing(i)}'
        + told("PIIM_PIXEL_DATA_REPRESENTATION_NUMBER", "1001,8B01", "IUInt16", i)
        + told("PIIM_PIXEL_DATA_REPRESENTATION_COLUMNS", "1001,2004", "IUInt32", COLUMNS >> i)
        + told("PIIM_PIXEL_DATA_REPRESENTATION_ROWS", "1001,2005", "IUInt32", ROWS >> i)
        + "</DataObject>"
        for i, _ in levels()
    )
    scanned = (
        '<DataObject ObjectType="DPScannedImage">'
        + told("PIM_DP_IMAGE_TYPE", "301D,1004", "IString", "WSI")
        + spacing(0)
        + within("PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE", "1001,8B01", represented)
        + "</DataObject>"
    )
    description = (
        '<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">'
        + told("DICOM_MANUFACTURER", "0008,0070", "IString", "PHILIPS")
        + within("PIM_DP_SCANNED_IMAGES", "301D,1003", scanned)
        + "</DataObject>"
    )
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for i, array in levels():
            text = "" if i else description
            writer.write(array, **TILED, software="Philips DP v1.0", description=text, subfiletype=int(i > 0))


def write_ndpi(path):
    """Each level is one JPEG with restart markers."""
    with tifffile.TiffWriter(path) as writer:
        for i, array in levels():
            tags = [
                (271, 2, 0, "Hamamatsu", True),
                (65420, 4, 1, 1, True),
                (65421, 11, 1, 20.0 / (1 << i), True),
                (65424, 9, 1, 0, True),
                (65442, 2, 0, "serial", True),
            ]
            writer.write(
                iter([encode_with_restarts(array)]),
                shape=array.shape,
                dtype="uint8",
                compression="jpeg",
                photometric="ycbcr",
                rowsperstrip=array.shape[0],
                metadata=None,
                extratags=tags,
                **resolution(i),
            )


def write_zeiss(path, *, tiles=None, label=None, cut=0):
    """Tiles uncompressed, blue first; ``tiles`` may say other sizes (x, y, columns, rows, stored columns, stored rows)."""

    def segment(mark, body):
        return mark.encode().ljust(16, b"\0") + struct.pack("<2q", len(body), len(body)) + body

    def entry(place, x, y, columns, rows, stored_columns, stored_rows):
        dims = ((b"X", x, columns, stored_columns), (b"Y", y, rows, stored_rows), (b"C", 0, 1, 1), (b"M", 0, 1, 1))
        packed = b"".join(struct.pack("<4siifi", name, start, size, 0.0, kept) for name, start, size, kept in dims)
        return struct.pack("<2siqiiBx4xi", b"DV", 3, place, 0, 0, 0, len(dims)) + packed

    out, entries = bytearray(32 + 512), []
    for level, array in levels():
        for top in range(0, array.shape[0], 256):
            for left in range(0, array.shape[1], 256):
                part = np.ascontiguousarray(array[top : top + 256, left : left + 256, ::-1])
                sizes = (
                    left << level,
                    top << level,
                    part.shape[1] << level,
                    part.shape[0] << level,
                    *part.shape[1::-1],
                )
                listed = entry(len(out), *((tiles or {}).get(len(entries)) or sizes))
                body = struct.pack("<2iq", 0, 0, part.nbytes) + listed
                entries.append(listed)
                out += segment("ZISRAWSUBBLOCK", body.ljust(256, b"\0") + part.tobytes())
    directory = len(out)
    out += segment("ZISRAWDIRECTORY", struct.pack("<i124x", len(entries)) + b"".join(entries))
    distances = "".join(f'<Distance Id="{axis}"><Value>2.5E-07</Value></Distance>' for axis in "XY")
    text = (
        f"<ImageDocument><Metadata><Information><Image><SizeX>{COLUMNS}</SizeX><SizeY>{ROWS}</SizeY></Image>"
        f"</Information><Scaling><Items>{distances}</Items></Scaling></Metadata></ImageDocument>"
    ).encode()
    metadata = len(out)
    out += segment("ZISRAWMETADATA", struct.pack("<2i248x", len(text), 0) + text)
    inner = len(out)
    if label:
        out += segment("ZISRAWATTACH", bytes(256) + label)
    attachments = len(out)
    listed = struct.pack("<2s10xqi16x8s80s", b"A1", inner, 0, b"CZI", b"Label") if label else b""
    out += segment("ZISRAWATTDIR", struct.pack("<i252x", int(bool(label))) + listed)
    head = struct.pack("<2i40xiqqiq", 1, 0, 0, directory, metadata, 0, attachments)
    out[: 32 + 512] = segment("ZISRAWFILE", head.ljust(512, b"\0"))
    path.write_bytes(out[: len(out) - cut])


WRITERS = {
    "trestle.tif": write_trestle,
    "ventana.bif": write_ventana,
    "leica.scn": write_leica,
    "philips.tiff": write_philips,
    "hamamatsu.ndpi": write_ndpi,
    "zeiss.czi": write_zeiss,
}
