"""The papers that the analyses come from, as a reference list prints them."""

from __future__ import annotations

from typing import Final

DELONG_1988: Final = (
    "DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Comparing the areas under two or more correlated receiver "
    "operating characteristic curves: a nonparametric approach. Biometrics 44:837-845."
)
EFRON_1993: Final = "Efron B, Tibshirani RJ (1993). An introduction to the bootstrap. Chapman & Hall, eq. 11.5."
GALLAS_2006: Final = "Gallas BD (2006). One-shot estimate of MRMC variance: AUC. Acad Radiol 13:353-362."
GALLAS_2007: Final = (
    "Gallas BD, Pennello GA, Myers KJ (2007). Multireader multicase variance analysis for binary data. J Opt Soc Am"
    " A 24:B70-B80."
)
GALLAS_2009: Final = (
    "Gallas BD, Bandos A, Samuelson FW, Wagner RF (2009). A framework for random-effects ROC analysis: biases with "
    "the bootstrap and other variance estimators. Commun Stat Theory Methods 38:2586-2603."
)
GALLAS_HILLIS_2014: Final = (
    "Gallas BD, Hillis SL (2014). Generalized Roe and Metz receiver operating characteristic model: analytic link "
    "between simulated decision scores and empirical AUC variances and covariances. J Med Imaging 1:031006."
)
OBUCHOWSKI_1995: Final = (
    "Obuchowski NA, Rockette HE (1995). Hypothesis testing of diagnostic accuracy for multiple readers and multiple"
    " tests: an ANOVA approach with dependent observations. Commun Stat Simul Comput 24:285-308."
)
OBUCHOWSKI_2012: Final = (
    "Obuchowski NA, Gallas BD, Hillis SL (2012). Multi-reader ROC studies with split-plot designs: a comparison of "
    "statistical methods. Acad Radiol 19:1508-1517."
)
DORFMAN_1992: Final = (
    "Dorfman DD, Berbaum KS, Metz CE (1992). Receiver operating characteristic rating analysis: generalization to "
    "the population of readers and patients with the jackknife method. Invest Radiol 27:723-731."
)
HILLIS_2005: Final = (
    "Hillis SL, Obuchowski NA, Schartz KM, Berbaum KS (2005). A comparison of the Dorfman-Berbaum-Metz and "
    "Obuchowski-Rockette methods for receiver operating characteristic (ROC) data. Stat Med 24:1579-1607."
)
HILLIS_2007: Final = (
    "Hillis SL (2007). A comparison of denominator degrees of freedom methods for multiple observer ROC analysis. "
    "Stat Med 26:596-619."
)
HILLIS_2011: Final = (
    "Hillis SL, Obuchowski NA, Berbaum KS (2011). Power estimation for multireader ROC methods: an updated and "
    "unified approach. Acad Radiol 18:129-142."
)
HILLIS_2014: Final = (
    "Hillis SL (2014). A marginal-mean ANOVA approach for analyzing multireader multicase radiological imaging "
    "data. Stat Med 33:330-360."
)
CHEN_2012: Final = (
    "Chen W, Petrick NA, Sahiner B (2012). Hypothesis testing in noninferiority and equivalence MRMC ROC studies. "
    "Acad Radiol 19:1158-1165."
)
ROE_METZ_1997: Final = (
    "Roe CA, Metz CE (1997). Dorfman-Berbaum-Metz method for statistical analysis of multireader, multimodality "
    "receiver operating characteristic data: validation with computer simulation. Acad Radiol 4:298-303."
)
CHAKRABORTY_2004: Final = (
    "Chakraborty DP, Berbaum KS (2004). Observer studies involving detection and localization: modeling, analysis, "
    "and validation. Med Phys 31:2313-2330."
)
CHAKRABORTY_2017: Final = (
    "Chakraborty DP (2017). Observer performance methods for diagnostic imaging: foundations, modeling, and "
    "applications with R-based examples. CRC Press."
)
