"""What the MRMC bench measures."""


def study(readers=10, cases=1000):
    import numpy as np

    from readroom.stats.mrmc.roe_metz import RoeMetz

    half = cases // 2
    model = RoeMetz.published("HL", auc=0.855)
    return model.simulate(np.random.default_rng(1), readers=readers, healthy=half, diseased=cases - half, effect=0.2)


CUBES = {}


def obuchowski_rockette(covariance, *, warm=False):
    """10 readers x 2 modalities x 1,000 cases, from ratings to the test; making the study is not measured."""
    from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette as analyse

    if warm:
        CUBES["whole"] = study()
        analyse(study(3, 20), covariance=covariance)
        return None
    result = analyse(CUBES["whole"], covariance=covariance)
    return {"p": result.overall.p_value}


def dbm(*, warm=False):
    """The same by pseudovalues."""
    from readroom.stats.mrmc.dbm import dbm as analyse

    if warm:
        CUBES["whole"] = study()
        analyse(study(3, 20))
        return None
    return {"p": analyse(CUBES["whole"]).overall.p_value}


def u_statistics(*, warm=False):
    """The same by U-statistics."""
    from readroom.stats.mrmc.ustatistics import u_statistics as analyse

    if warm:
        CUBES["whole"] = study()
        analyse(study(3, 20))
        return None
    return {"p": analyse(CUBES["whole"]).differences[0].p_value}
