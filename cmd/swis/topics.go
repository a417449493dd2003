package main

import "github.com/spf13/cobra"

// topics are the help texts that belong to no command: swis help TOPIC.
var topics = []struct{ name, short, text string }{
	{"data", "Tables that the commands read", `Commands read a tidy CSV or Parquet table (--data FILE: a header row, one row a school and period, a
school, or a pupil) or a folder that swis ingest wrote (--study FOLDER), where unit,
time, arm, start and exposure are known.

Columns   A column is numeric if at least one cell is a number and all others are
          numbers, missing or suppression marks; else it holds categories in
          alphabetical order. --ref column=level sets the reference level,
          --categorical column makes a numeric column one of categories. Columns used
          as unit, cluster, stratum or absorbed factor are categories whatever they hold.
Missing   empty, NA, NaN, NULL and a single point.
Withheld  in numeric columns c x z u k low : ~ .. * and <N, N-M: missing, never zero.
Rows      --where 'year >= 2013 && la in (Northmoor, Westbury)' keeps rows;
          --by la repeats the analysis for each level, and pooled.

Rows that are left out are counted by reason in the result.`},
	{"formulas", "How models are written", `Formulas follow R's notation, as lme4 and fixest users write it:

  y ~ x1 * x2 + factor(g) + log(z) + I(x^2) + scale(x) + offset(log(n))
  y ~ arm * post + (1 + t | school)       random intercept and slope, correlated
  y ~ arm * post + (t || school)          the same, uncorrelated
  y ~ arm + (1 | la/school)               schools within local authorities
  y ~ treated | school + term             effects after the bar are absorbed
  cbind(k, n - k) ~ arm                   k of n, binomial

-1 or 0 + leaves the intercept out. --exposure n is short for offset(log(n)).
Coefficients are called as in R: (Intercept), armSWIS, armSWIS:post, factor(term)3.`},
	{"inference", "Standard errors, degrees of freedom, p-values", `--vcov iid|hc0|hc1|hc2|hc3|cr0|cr1|cr1s|cr2|cr3 chooses the variance. With one
clustering the default is cr2 with Satterthwaite (Bell-McCaffrey) degrees of freedom,
however many schools there are; with two clusterings cr1s.

cr1s      G/(G-1) (N-1)/(N-K): what fixest and Stata print; rejects too often with few
          or uneven schools.
cr2       bias-reduced, t with its own degrees of freedom: honest from about ten schools.
cr3       close to the jackknife, cautious.

--as fixest|stata|lme4|glmmtmb takes that program's conventions whole.
--bootstrap wild, --permute and --inference all check a contrast without leaning on
large numbers of schools; --scheme uses the trial's own way of drawing arms.

A p-value above 0.05 is not evidence of no effect: read what the interval rules out.
Linear mixed models have Satterthwaite or Kenward-Roger degrees of freedom; generalised
ones z, with a permutation or bootstrap p-value to put beside them.`},
	{"floor-effects", "When an outcome is too near zero", `Two questions are kept apart. Room to improve: how many schools had none of the
outcome before the start, and what is the largest possible fall? Room to detect: would
any test see it if the outcome vanished from the intervention arm?

With equal exposure, no event against five gives p = 0.0625 and against six p = 0.031:
an arm that can expect fewer than six events cannot show even their abolition.

swis floor says not testable, floor-limited or adequate, with the numbers behind it;
swis power says how many schools would be needed; swis plot floor and zeros draw it.`},
	{"output", "Formats, files and exit status", `--format text     made for reading: aligned, rounded, the convention under each number
--format json     swis.result/1, full precision, null where there is no number
--format csv      the estimates, one a row, full precision
--format markdown, html, latex   the page of the text form
--out FILE        a file, written whole or not at all, readable by its owner only

--disclosure dfe shows counts of 1 to 5 as c, tre withholds counts below 10 and rounds
the others to 5, in every format; what could be worked out from a total is withheld too.

Data go to stdout, talk to stderr. The same inputs, flags and seed give the same bytes.
On a terminal whose locale is not UTF-8 the text form keeps to ASCII.

Exit status: 0 done; 1 a check or verification failed; 2 wrong command line; 3 input
refused; 4 refused by an integrity or disclosure rule; 5 reading or writing failed;
6 not estimable from these data; 130 interrupted.`},
	{"privacy", "What happens to children's data", `Child identifiers leave the reader as keyed hashes only; the key is drawn afresh and
forgotten, or kept in --key-file. Values of extracts never appear in messages, results
or logs. Child-level events are written only with --keep-events, quarantined rows only
with --quarantine-values and outside the study folder. The program opens no network
connection. Files are readable by their owner only.`},
}

// addTopics adds the help topics to the root command.
func addTopics(root *cobra.Command) {
	for _, t := range topics {
		root.AddCommand(&cobra.Command{Use: t.name, Short: t.short, Long: t.text})
	}
}
