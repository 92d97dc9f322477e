"""The papers that the analyses come from, as a reference list prints them."""

from __future__ import annotations

from typing import Final

DELONG_1988: Final = (
    "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating "
    "characteristic curves: a nonparametric approach. Biometrics 1988;44:837-845"
)
EFRON_1993: Final = "Efron B, Tibshirani RJ. An introduction to the bootstrap. Chapman & Hall 1993, eq. 11.5"
GALLAS_2006: Final = "Gallas BD. One-shot estimate of MRMC variance: AUC. Acad Radiol 2006;13:353-362"
GALLAS_2007: Final = (
    "Gallas BD, Pennello GA, Myers KJ. Multireader multicase variance analysis for binary data. J Opt Soc Am A "
    "2007;24:B70-B80"
)
GALLAS_2009: Final = (
    "Gallas BD, Bandos A, Samuelson FW, Wagner RF. A framework for random-effects ROC analysis: biases with the "
    "bootstrap and other variance estimators. Commun Stat Theory Methods 2009;38:2586-2603"
)
GALLAS_HILLIS_2014: Final = (
    "Gallas BD, Hillis SL. Generalized Roe and Metz receiver operating characteristic model: analytic link between "
    "simulated decision scores and empirical AUC variances and covariances. J Med Imaging 2014;1:031006"
)
OBUCHOWSKI_1995: Final = (
    "Obuchowski NA, Rockette HE. Hypothesis testing of diagnostic accuracy for multiple readers and multiple tests: "
    "an ANOVA approach with dependent observations. Commun Stat Simul Comput 1995;24:285-308"
)
OBUCHOWSKI_2012: Final = (
    "Obuchowski NA, Gallas BD, Hillis SL. Multi-reader ROC studies with split-plot designs: a comparison of "
    "statistical methods. Acad Radiol 2012;19:1508-1517"
)
DORFMAN_1992: Final = (
    "Dorfman DD, Berbaum KS, Metz CE. Receiver operating characteristic rating analysis: generalization to the "
    "population of readers and patients with the jackknife method. Invest Radiol 1992;27:723-731"
)
HILLIS_2005: Final = (
    "Hillis SL, Obuchowski NA, Schartz KM, Berbaum KS. A comparison of the Dorfman-Berbaum-Metz and "
    "Obuchowski-Rockette methods for receiver operating characteristic (ROC) data. Stat Med 2005;24:1579-1607"
)
HILLIS_2007: Final = (
    "Hillis SL. A comparison of denominator degrees of freedom methods for multiple observer ROC analysis. Stat Med "
    "2007;26:596-619"
)
HILLIS_2011: Final = (
    "Hillis SL, Obuchowski NA, Berbaum KS. Power estimation for multireader ROC methods: an updated and unified "
    "approach. Acad Radiol 2011;18:129-142"
)
HILLIS_2014: Final = (
    "Hillis SL. A marginal-mean ANOVA approach for analyzing multireader multicase radiological imaging data. Stat "
    "Med 2014;33:330-360"
)
CHEN_2012: Final = (
    "Chen W, Petrick NA, Sahiner B. Hypothesis testing in noninferiority and equivalence MRMC ROC studies. Acad "
    "Radiol 2012;19:1158-1165"
)
ROE_METZ_1997: Final = (
    "Roe CA, Metz CE. Dorfman-Berbaum-Metz method for statistical analysis of multireader, multimodality receiver "
    "operating characteristic data: validation with computer simulation. Acad Radiol 1997;4:298-303"
)
CHAKRABORTY_2004: Final = (
    "Chakraborty DP, Berbaum KS. Observer studies involving detection and localization: modeling, analysis, and "
    "validation. Med Phys 2004;31:2313-2330"
)
CHAKRABORTY_2017: Final = (
    "Chakraborty DP. Observer performance methods for diagnostic imaging: foundations, modeling, and applications "
    "with R-based examples. CRC Press 2017"
)
