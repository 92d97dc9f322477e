"""What the imaging bench measures; each function imports what it needs, for it may run in a peer's environment."""

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def readroom_import(folder, out, threads=2, *, warm=False):
    """Import to packs: the whole of it, outcomes, checksums and fsync included."""
    import imagecodecs
    import numpy as np

    from readroom.imaging import importing

    if warm:
        imagecodecs.htj2k_encode(np.zeros((64, 64), np.int16), reversible=True)
        return None
    with tempfile.TemporaryDirectory(dir=out) as destination:
        result = importing.import_files([folder], destination=destination, threads=threads)
        [image] = result.images
        return {"mb": image.pack.stat().st_size / 1e6, "sha256": image.voxels_sha256}


def bound(folder, out, threads=2, size=512, *, warm=False):
    """Read, encode HTJ2K and write, and nothing else: what no import can be faster than."""
    import imagecodecs
    import numpy as np

    if warm:
        imagecodecs.htj2k_encode(np.zeros((64, 64), np.int16), reversible=True)
        return
    tileparts = imagecodecs.HTJ2K.TILEPART.RESOLUTIONS

    def encode(path):
        with path.open("rb", buffering=0) as file:
            data = file.read()
        frame = np.frombuffer(data[-size * size * 2 :], np.uint16).reshape(size, size)
        return imagecodecs.htj2k_encode(frame, reversible=True, tlm=True, tilepart=tileparts)

    with tempfile.TemporaryFile(dir=out) as file, ThreadPoolExecutor(threads) as pool:
        for codestream in pool.map(encode, sorted(Path(folder).iterdir())):
            file.write(codestream)
        file.flush()
        os.fsync(file.fileno())


def panimg_convert(folder, out, *, warm=False):
    import panimg
    from panimg.image_builders import image_builder_dicom

    if warm:
        return
    destination = Path(tempfile.mkdtemp(dir=out))
    try:
        result = panimg.convert(
            input_directory=Path(folder), output_directory=destination, builders=[image_builder_dicom]
        )
        assert len(result.new_images) == 1, result
    finally:
        shutil.rmtree(destination)


def simpleitk_series(folder, out, *, warm=False):
    """Read a series and write it as compressed MetaImage."""
    import SimpleITK

    if warm:
        return
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(folder)
    image = SimpleITK.ReadImage(names)
    target = Path(out) / "simpleitk.mha"
    SimpleITK.WriteImage(image, str(target), True)
    target.unlink()


def simpleitk_mha(array, out, *, warm=False):
    import numpy as np
    import SimpleITK

    values = np.load(array)
    if warm:
        return None
    image = SimpleITK.GetImageFromArray(values)
    target = Path(out) / "simpleitk.mha"
    from time import perf_counter

    start = perf_counter()
    SimpleITK.WriteImage(image, str(target), True)
    seconds = perf_counter() - start
    size = target.stat().st_size / 1e6
    target.unlink()
    return {"seconds": seconds, "mb": size}


def readroom_mha(array, out, threads=2, *, warm=False):
    import numpy as np

    from readroom.imaging import ImageHeader, Volume, write_mha

    values = np.load(array)
    if warm:
        return None
    from time import perf_counter

    volume = Volume(values, ImageHeader(name="ct", shape=values.shape, dtype=values.dtype))
    target = Path(out) / "readroom.mha"
    start = perf_counter()
    write_mha(volume, target, threads=threads)
    seconds = perf_counter() - start
    size = target.stat().st_size / 1e6
    target.unlink()
    return {"seconds": seconds, "mb": size}


def readroom_mha_from_pack(pack, out, threads=2, *, warm=False):
    from time import perf_counter

    from readroom.imaging import Pack, write_mha

    if warm:
        return None
    target = Path(out) / "readroom-pack.mha"
    start = perf_counter()
    with Pack.open(pack) as opened:
        write_mha(opened, target, threads=threads)
    seconds = perf_counter() - start
    size = target.stat().st_size / 1e6
    target.unlink()
    return {"seconds": seconds, "mb": size}


def digest(array):
    """Checksum of the values that an import must keep."""
    import numpy as np

    return {"sha256": hashlib.sha256(np.load(array).tobytes()).hexdigest()}


def import_bad_files(folder, given, *, warm=False):
    """Import each bad file alone; returns the CPU seconds of the slowest."""
    from time import process_time

    from tests.imaging.badfiles import make_bad_files

    from readroom.imaging import importing

    paths = make_bad_files(Path(folder)) if warm or not any(Path(folder).iterdir()) else sorted(Path(folder).iterdir())
    if warm:
        load_readers()
        return None
    paths += sorted(Path(given).iterdir()) if given else []
    seconds = {}
    for path in paths:
        start = process_time()
        with tempfile.TemporaryDirectory() as destination:
            importing.import_files([path], destination=destination)
        seconds[path.name] = process_time() - start
    slowest = max(seconds, key=seconds.get)
    return {"slowest": seconds[slowest], "name": slowest, "count": len(seconds)}


def load_readers():
    """Import what the readers of all formats need, which is not the cost of any file."""
    import PIL.Image
    import pydicom
    import SimpleITK
    import tifffile

    from readroom.imaging import formats

    return PIL.Image, SimpleITK, formats, pydicom, tifffile


def read_mutations(folder, count, processes=2):
    """Break real headers and read them, in several processes."""
    from concurrent.futures import ProcessPoolExecutor

    from bench.fuzz_headers import load_seeds

    share = -(-count // processes)
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(read_some, folder, start, min(share, count - start)) for start in range(0, count, share)]
        results = [job.result() for job in jobs]
    return {
        "slowest": max(result.slowest for result in results),
        "failures": sum(len(result.failures) for result in results),
        "seeds": len(load_seeds(Path(folder))),
    }


def read_some(folder, first, count):
    from bench.fuzz_headers import attack, load_seeds

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as scratch:
        return attack(load_seeds(Path(folder)), numbers=range(first, first + count), scratch=Path(scratch, "x"))
