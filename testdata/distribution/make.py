"""Writes tails.csv: p-values and quantiles by mpmath with 60 digits.

    python3 make.py > tails.csv

A two-sided t and F are regularised incomplete beta functions, a chi-squared tail an
incomplete gamma function. Arguments are float64 numbers, taken exactly.
"""
import mpmath as mp

mp.mp.dps = 60


def normal(z):
    return mp.erfc(abs(z) / mp.sqrt(2))


def t(x, df):
    return mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + x * x), regularized=True)


def f(x, d1, d2):
    return mp.betainc(d2 / 2, d1 / 2, 0, d2 / (d2 + d1 * x), regularized=True)


def chi(x, df):
    return mp.gammainc(df / 2, x / 2, mp.inf, regularized=True)


def row(name, value, *args):
    args = [repr(float(a)) for a in args] + [""] * (3 - len(args))
    print(",".join([name] + args + [mp.nstr(value, 20, min_fixed=0, max_fixed=0)]))


print("function,x,df1,df2,value")
for z in (0.1, 1.0, 1.959963984540054, 4.0, 8.5, 15.0, 21.5, 30.0, 37.0, 37.3):
    row("normal", normal(mp.mpf(z)), z)
for df, xs in ((1.0, (0.3, 12.7, 1e20, 1e150, 1e299)), (2.5, (2.0, 1e6, 1e50, 1e119)), (7.3, (2.4, 40.0, 1e12, 1e40)), (25.0, (2.06, 30.0, 1e6, 1e12)), (333.0, (1.97, 12.0, 60.0, 120.0)), (10000.0, (1.96, 38.0))):
    for x in xs:
        row("t", t(mp.mpf(x), mp.mpf(df)), x, df)
for d1, d2, xs in ((1.0, 9.0, (0.1, 5.1, 1e6, 1e60)), (3.0, 12.5, (0.7, 3.5, 1e9, 1e45)), (2.0, 7.5, (1.0, 1e30, 1e78)), (8.0, 200.0, (1.0, 2.0, 20.0, 5000.0)), (40.0, 1000.0, (1.2, 10.0, 60.0))):
    for x in xs:
        row("F", f(mp.mpf(x), mp.mpf(d1), mp.mpf(d2)), x, d1, d2)
for df, xs in ((1.0, (0.004, 3.84, 100.0, 1370.0)), (2.0, (1.0, 700.0, 1380.0)), (7.7, (2.0, 90.0, 1300.0)), (40.0, (30.0, 500.0, 1500.0)), (1000.0, (900.0, 1400.0, 3400.0))):
    for x in xs:
        row("chi_squared", chi(mp.mpf(x), mp.mpf(df)), x, df)
for df in (1.0, 2.3, 9.4589, 30.0, 120.0):
    for p in (1e-300, 1e-100, 1e-10, 0.005, 0.025, 0.4):
        # the quantile that leaves p below it, from the tail function itself
        g = lambda u: mp.log(t(mp.exp(u), mp.mpf(df)) / 2) - mp.log(mp.mpf(p))
        start = mp.log(mp.mpf(3)) if p > 1e-5 else -mp.log(mp.mpf(p)) / df + 1
        row("t_quantile", -mp.exp(mp.findroot(g, start, tol=1e-50)), p, df)
