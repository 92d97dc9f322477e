"""The papers that the statistics come from, as a reference list prints them.

Docstrings name them by author and year, with the equation, table, section or page that was used.
"""

from __future__ import annotations

from typing import Final

BAMBER_1975: Final = (
    "Bamber D (1975). The area above the ordinal dominance graph and the area below the receiver operating "
    "characteristic graph. J Math Psychol 12:387-415."
)
BLAND_ALTMAN_1986: Final = (
    "Bland JM, Altman DG (1986). Statistical methods for assessing agreement between two methods of clinical "
    "measurement. Lancet 327:307-310."
)
BLAND_ALTMAN_1999: Final = (
    "Bland JM, Altman DG (1999). Measuring agreement in method comparison studies. Stat Methods Med Res 8:135-160."
)
BRENNAN_1981: Final = (
    "Brennan RL, Prediger DJ (1981). Coefficient kappa: some uses, misuses, and alternatives. "
    "Educ Psychol Meas 41:687-699."
)
CARKEET_2015: Final = (
    "Carkeet A (2015). Exact parametric confidence intervals for Bland-Altman limits of agreement. "
    "Optom Vis Sci 92:e71-e80."
)
CHAKRABORTY_2004: Final = (
    "Chakraborty DP, Berbaum KS (2004). Observer studies involving detection and localization: modeling, analysis, "
    "and validation. Med Phys 31:2313-2330."
)
CHAKRABORTY_2017: Final = (
    "Chakraborty DP (2017). Observer performance methods for diagnostic imaging: foundations, modeling, and "
    "applications with R-based examples. CRC Press."
)
CHEN_2012: Final = (
    "Chen W, Petrick NA, Sahiner B (2012). Hypothesis testing in noninferiority and equivalence MRMC ROC studies. "
    "Acad Radiol 19:1158-1165."
)
CHEN_2014: Final = (
    "Chen W, Samuelson FW (2014). The average receiver operating characteristic curve in multireader multicase "
    "imaging studies. Br J Radiol 87:20140016."
)
CICCHETTI_1971: Final = (
    "Cicchetti DV, Allison T (1971). A new procedure for assessing reliability of scoring EEG sleep recordings. "
    "Am J EEG Technol 11:101-109."
)
COHEN_1960: Final = "Cohen J (1960). A coefficient of agreement for nominal scales. Educ Psychol Meas 20:37-46."
COHEN_1968: Final = (
    "Cohen J (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial "
    "credit. Psychol Bull 70:213-220."
)
CONGER_1980: Final = (
    "Conger AJ (1980). Integration and generalization of kappas for multiple raters. Psychol Bull 88:322-328."
)
CONOVER_1999: Final = "Conover WJ (1999). Practical nonparametric statistics. 3rd ed. Wiley."
DE_BERG_2008: Final = (
    "de Berg M, Cheong O, van Kreveld M, Overmars M (2008). Computational geometry: algorithms and applications. "
    "3rd ed. Springer."
)
DELONG_1988: Final = (
    "DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Comparing the areas under two or more correlated receiver "
    "operating characteristic curves: a nonparametric approach. Biometrics 44:837-845."
)
DICE_1945: Final = "Dice LR (1945). Measures of the amount of ecologic association between species. Ecology 26:297-302."
DORFMAN_ALF_1969: Final = (
    "Dorfman DD, Alf E (1969). Maximum-likelihood estimation of parameters of signal-detection theory and "
    "determination of confidence intervals: rating-method data. J Math Psychol 6:487-496."
)
DORFMAN_1986: Final = (
    "Dorfman DD, Berbaum KS (1986). RSCORE-J: pooled rating-method data: a computer program for analyzing pooled ROC "
    "curves. Behav Res Methods Instrum Comput 18:452-462."
)
DORFMAN_1992: Final = (
    "Dorfman DD, Berbaum KS, Metz CE (1992). Receiver operating characteristic rating analysis: generalization to "
    "the population of readers and patients with the jackknife method. Invest Radiol 27:723-731."
)
EFRON_1993: Final = "Efron B, Tibshirani RJ (1993). An introduction to the bootstrap. Chapman & Hall."
FELDMAN_1988: Final = (
    "Feldman HA (1988). Families of lines: random effects in linear regression analysis. J Appl Physiol 64:1721-1732."
)
FLEISS_COHEN_EVERITT_1969: Final = (
    "Fleiss JL, Cohen J, Everitt BS (1969). Large sample standard errors of kappa and weighted kappa. "
    "Psychol Bull 72:323-327."
)
FLEISS_1971: Final = "Fleiss JL (1971). Measuring nominal scale agreement among many raters. Psychol Bull 76:378-382."
FLEISS_COHEN_1973: Final = (
    "Fleiss JL, Cohen J (1973). The equivalence of weighted kappa and the intraclass correlation coefficient as "
    "measures of reliability. Educ Psychol Meas 33:613-619."
)
FLEISS_1979: Final = (
    "Fleiss JL, Nee JCM, Landis JR (1979). Large sample variance of kappa in the case of different sets of raters. "
    "Psychol Bull 86:974-977."
)
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
GAYLOR_1969: Final = (
    "Gaylor DW, Hopper FN (1969). Estimating the degrees of freedom for linear combinations of mean squares by "
    "Satterthwaite's formula. Technometrics 11:691-706."
)
GWET_2008: Final = (
    "Gwet KL (2008). Computing inter-rater reliability and its variance in the presence of high agreement. "
    "Br J Math Stat Psychol 61:29-48."
)
GWET_2014: Final = "Gwet KL (2014). Handbook of inter-rater reliability. 4th ed. Advanced Analytics."
GWET_2021: Final = "Gwet KL (2021). Large-sample variance of Fleiss generalized kappa. Educ Psychol Meas 81:781-790."
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
HUTTENLOCHER_1993: Final = (
    "Huttenlocher DP, Klanderman GA, Rucklidge WJ (1993). Comparing images using the Hausdorff distance. IEEE Trans "
    "Pattern Anal Mach Intell 15:850-863."
)
IGLEWICZ_1993: Final = "Iglewicz B, Hoaglin DC (1993). How to detect and handle outliers. ASQC Quality Press."
JACCARD_1912: Final = "Jaccard P (1912). The distribution of the flora in the alpine zone. New Phytol 11:37-50."
KENDALL_1990: Final = "Kendall MG, Gibbons JD (1990). Rank correlation methods. 5th ed. Edward Arnold."
KRIPPENDORFF_2011: Final = (
    "Krippendorff K (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania."
)
KUHN_1955: Final = "Kuhn HW (1955). The Hungarian method for the assignment problem. Nav Res Logist Q 2:83-97."
LIGHT_1971: Final = "Light RJ (1971). Measures of response agreement for qualitative data. Psychol Bull 76:365-377."
MCCLISH_1989: Final = "McClish DK (1989). Analyzing a portion of the ROC curve. Med Decis Making 9:190-195."
MCGRAW_1996: Final = (
    "McGraw KO, Wong SP (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychol Methods 1:30-46."
)
METZ_1998: Final = (
    "Metz CE, Herman BA, Shen JH (1998). Maximum likelihood estimation of receiver operating characteristic (ROC) "
    "curves from continuously-distributed data. Stat Med 17:1033-1053."
)
NEWCOMBE_1998: Final = (
    "Newcombe RG (1998). Two-sided confidence intervals for the single proportion: comparison of seven methods. "
    "Stat Med 17:857-872."
)
NIKOLOV_2021: Final = (
    "Nikolov S, et al. (2021). Clinically applicable segmentation of head and neck anatomy for radiotherapy: deep "
    "learning algorithm development and validation study. J Med Internet Res 23:e26151."
)
OBUCHOWSKI_1995: Final = (
    "Obuchowski NA, Rockette HE (1995). Hypothesis testing of diagnostic accuracy for multiple readers and multiple"
    " tests: an ANOVA approach with dependent observations. Commun Stat Simul Comput 24:285-308."
)
OBUCHOWSKI_2012: Final = (
    "Obuchowski NA, Gallas BD, Hillis SL (2012). Multi-reader ROC studies with split-plot designs: a comparison of "
    "statistical methods. Acad Radiol 19:1508-1517."
)
PEPE_2003: Final = (
    "Pepe MS (2003). The statistical evaluation of medical tests for classification and prediction. Oxford "
    "University Press."
)
RANDOLPH_2005: Final = (
    "Randolph JJ (2005). Free-marginal multirater kappa: an alternative to Fleiss' fixed-marginal multirater "
    "kappa. Joensuu Learning and Instruction Symposium."
)
RAO_SCOTT_1992: Final = (
    "Rao JNK, Scott AJ (1992). A simple method for the analysis of clustered binary data. Biometrics 48:577-585."
)
REINKE_2024: Final = (
    "Reinke A, et al. (2024). Understanding metric-related pitfalls in image analysis validation. Nat Methods "
    "21:182-194."
)
ROE_METZ_1997: Final = (
    "Roe CA, Metz CE (1997). Dorfman-Berbaum-Metz method for statistical analysis of multireader, multimodality "
    "receiver operating characteristic data: validation with computer simulation. Acad Radiol 4:298-303."
)
SHROUT_FLEISS_1979: Final = (
    "Shrout PE, Fleiss JL (1979). Intraclass correlations: uses in assessing rater reliability. "
    "Psychol Bull 86:420-428."
)
SIMEL_1991: Final = (
    "Simel DL, Samsa GP, Matchar DB (1991). Likelihood ratios with confidence: sample size estimation for diagnostic "
    "test studies. J Clin Epidemiol 44:763-770."
)
SUN_XU_2014: Final = (
    "Sun X, Xu W (2014). Fast implementation of DeLong's algorithm for comparing the areas under correlated receiver "
    "operating characteristic curves. IEEE Signal Process Lett 21:1389-1393."
)
TAHA_2015: Final = (
    "Taha AA, Hanbury A (2015). Metrics for evaluating 3D medical image segmentation: analysis, selection, and tool. "
    "BMC Med Imaging 15:29."
)
WARFIELD_2004: Final = (
    "Warfield SK, Zou KH, Wells WM (2004). Simultaneous truth and performance level estimation (STAPLE): an algorithm "
    "for the validation of image segmentation. IEEE Trans Med Imaging 23:903-921."
)
WILSON_1927: Final = (
    "Wilson EB (1927). Probable inference, the law of succession, and statistical inference. J Am Stat Assoc "
    "22:209-212."
)
WRIGHT_1936: Final = "Wright TP (1936). Factors affecting the cost of airplanes. J Aeronaut Sci 3:122-128."
YOUDEN_1950: Final = "Youden WJ (1950). Index for rating diagnostic tests. Cancer 3:32-35."

PAPERS: Final = tuple(
    sorted(value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, str))
)
"""All of them, by author."""
