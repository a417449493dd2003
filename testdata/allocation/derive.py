"""Derives an assignment again from its log or declaration, with nothing but SHA-256.

    python3 derive.py allocation.log.json     school and arm, one line each
    python3 derive.py --vectors vectors.json  fills the arms of the known-answer vectors

An independent second version of the draw that package design makes; its
vectors are what the Go tests compare with.
"""
import hashlib, itertools, json, math, statistics, sys


def sha(*parts):
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def arm_list(d, stratum, n):
    block = [(arm, copy) for arm, share in zip(d["arms"], d["ratio"]) for copy in range(1, share + 1)]
    last = sorted(block, key=lambda b: sha("swis-assign/1/arm", d["seed"], stratum, b[0], str(b[1])))
    whole = n // len(block)
    return [b[0] for b in block] * whole + [b[0] for b in last[: n - whole * len(block)]]


def draw(d, stratum, schools):
    ticket = lambda s: sha("swis-assign/1", d["seed"], stratum, s)
    return dict(zip(sorted(schools, key=lambda s: (ticket(s), s)), arm_list(d, stratum, len(schools))))


def standardised(d):
    columns = list(zip(*[s["values"] for s in d["schools"]]))
    z = [[(x - statistics.mean(c)) / statistics.stdev(c) for x in c] for c in columns]
    return list(zip(*z))


def pairs(d):
    z, strata = standardised(d), {}
    ids = [s["school_id"] for s in d["schools"]]
    for name in sorted({s["stratum"] for s in d["schools"]}):
        members = [i for i, s in enumerate(d["schools"]) if s["stratum"] == name]
        close = sorted((math.dist(z[a], z[b]), ids[a], ids[b], a, b) for a, b in itertools.combinations(members, 2))
        done, found = set(), []
        for _, _, _, a, b in close:
            if a not in done and b not in done:
                done |= {a, b}
                found.append([ids[a], ids[b]])
        found += [[ids[i]] for i in members if i not in done]
        for k, pair in enumerate(found, 1):
            strata[(name + "/" if name else "") + "pair %d" % k] = pair
    return strata


def constrained(d):
    z, schools = standardised(d), d["schools"]
    first = [a for a in d["arms"] if a != d["comparison"]][0]
    options, strata = [], []
    for name in sorted({s["stratum"] for s in schools}):
        members = [i for i, s in enumerate(schools) if s["stratum"] == name]
        treated = arm_list(d, name, len(members)).count(first)
        strata.append((name, members, treated))
        options.append(math.comb(len(members), treated))
    if math.prod(options) <= d["candidates"]:
        choices = itertools.product(*[itertools.combinations(m, t) for _, m, t in strata])
        schemes = [frozenset().union(*map(frozenset, choice)) for choice in choices]
    else:
        schemes = []
        for i in range(d["candidates"]):
            ticket = lambda s: sha("swis-assign/1", d["seed"] + "/candidate/%d" % i, name, schools[s]["school_id"])
            scheme = frozenset()
            for name, members, treated in strata:
                scheme |= frozenset(sorted(members, key=ticket)[:treated])
            schemes.append(scheme)
        schemes = list(dict.fromkeys(schemes))
    def score(scheme):
        total = 0
        for k in range(len(z[0])):
            t = [z[i][k] for i in range(len(z)) if i in scheme]
            c = [z[i][k] for i in range(len(z)) if i not in scheme]
            total += (sum(t) / len(t) - sum(c) / len(c)) ** 2
        return total
    scores = [score(s) for s in schemes]
    cutoff = sorted(scores)[max(math.ceil(d["keep"] * len(scores) - 1e-9), 1) - 1]
    good = [s for s, b in zip(schemes, scores) if b <= cutoff * (1 + 1e-10)]
    counter, n = 0, len(good)
    while True:
        v = int(sha("swis-assign/1/scheme", d["seed"], str(counter))[:16], 16)
        if v < 2**64 - 2**64 % n:
            break
        counter += 1
    return {s["school_id"]: first if i in good[v % n] else d["comparison"] for i, s in enumerate(schools)}


def minimise(d):
    cut = [statistics.median(c) for c in zip(*[s["values"] for s in d["schools"]])]
    counts, out = {}, {}
    for s in sorted(d["schools"], key=lambda s: (sha("swis-assign/1", d["seed"], "", s["school_id"]), s["school_id"])):
        levels = ["stratum=" + s["stratum"]] + [c + ("=high" if v > m else "=low") for c, v, m in zip(d["balance"], s["values"], cut)]
        def imbalance(arm):
            total = 0.0
            for level in levels:
                n = [(counts.get((level, a), 0) + (a == arm)) / r for a, r in zip(d["arms"], d["ratio"])]
                total += max(n) - min(n)
            return total
        ticket = lambda a: sha("swis-assign/1/arm", d["seed"], s["school_id"], a, "1")
        order = sorted(d["arms"], key=lambda a: (imbalance(a), ticket(a)))
        u = int(sha("swis-assign/1/minimisation", d["seed"], s["school_id"])[:16], 16) / 2**64
        arm = order[0] if u < 0.8 else sorted(order[1:], key=ticket)[0]
        out[s["school_id"]] = arm
        for level in levels:
            counts[(level, arm)] = counts.get((level, arm), 0) + 1
    return out


def derive(d):
    if d["method"] == "constrained":
        return constrained(d)
    if d["method"] == "minimisation":
        return minimise(d)
    strata = {}
    for s in d["schools"]:
        strata.setdefault(s["stratum"], []).append(s["school_id"])
    if d["method"] == "pairs":
        strata = pairs(d)
    out = {}
    for name, schools in strata.items():
        out.update(draw(d, name, schools))
    return out


if __name__ == "__main__":
    if sys.argv[1] == "--vectors":
        vectors = json.load(open(sys.argv[2], encoding="utf-8"))
        for v in vectors:
            v["arms"] = dict(sorted(derive(v["declaration"]).items()))
        json.dump(vectors, open(sys.argv[2], "w", encoding="utf-8"), indent=1, ensure_ascii=False)
    else:
        log = json.load(open(sys.argv[1], encoding="utf-8"))
        for school, arm in sorted(derive(log["records"][0]["body"]).items()):
            print(school + "," + arm)
