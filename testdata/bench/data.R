#!/usr/bin/env Rscript
# Synthetic panels for the comparison with other programs. Nothing here is real.
#   Rscript data.R DIR        writes panel280.csv, terms280.csv, panel3000.csv, panel24000.csv, staggered3000.csv
# Needs R and data.table. Same bytes every time.
suppressPackageStartupMessages(library(data.table)); setDTthreads(1)
dir <- commandArgs(TRUE)[1]; dir.create(dir, showWarnings = FALSE, recursive = TRUE)
write <- function(d, name) { fwrite(d, file.path(dir, paste0(name, ".csv"))); cat(name, nrow(d), "rows\n") }

# Schools by month in local authorities; half of each authority's schools start after month 12. Counts are negative
# binomial around roll x rate x school and authority effects x season; days in care are mostly zero; wb is a score.
panel <- function(schools, las, months = 36, seed) {
  set.seed(seed)
  la <- sort(rep_len(seq_len(las), schools))
  roll <- round(ifelse(runif(schools) < 0.2, rlnorm(schools, 6.9, 0.3), rlnorm(schools, 5.6, 0.4)))
  fsm <- round(rbeta(schools, 2, 6), 4)
  arm <- integer(schools)
  for (k in seq_len(las)) { i <- which(la == k); arm[i[sample.int(length(i), length(i) %/% 2)]] <- 1L }
  of_school <- rnorm(schools, 0, 0.4); slope <- rnorm(schools, 0, 0.3); authority <- rnorm(las, 0, 0.3)
  d <- CJ(school = seq_len(schools), month = seq_len(months))
  d[, `:=`(la = la[school], arm = arm[school], fsm = fsm[school], pupils = pmax(30, roll[school]), post = as.integer(month > 12))]
  d[, treat := arm * post]
  season <- rep_len(c(-0.2, 0.1, 0.1, -0.2, 0, 0, 0.1, -0.1, 0.1, 0.1, 0, -1), months)
  lin <- authority[d$la] + of_school[d$school] + season[d$month] + 1.5 * (d$fsm - 0.25) - 0.12 * d$treat
  d[, s47 := rnbinom(.N, size = 2, mu = pupils * exp(-6.7 + lin))]
  d[, days_care := ifelse(runif(.N) < plogis(-2.6 + lin), pmax(1, round(rlnorm(.N, 3, 0.9))), 0)]
  d[, wb := round(50 + 4 * authority[la] + 5 * of_school[school] + slope[school] * (month - 12) / 12 - 6 * fsm + 0.8 * treat + rnorm(.N, 0, 4), 4)]
  d[, `:=`(school = 100000L + school, la = sprintf("LA%03d", la))]
  d[]
}
write(p280 <- panel(280, 21, seed = 1), "panel280")
write(p280[, .(s47 = sum(s47), pupils = sum(pupils), fsm = fsm[1]), by = .(school, la, arm, post)], "terms280") # before and after
write(panel(3000, 150, seed = 2), "panel3000")
write(panel(24000, 153, seed = 3), "panel24000")

# Staggered starts in months 13, 19, 25, 31 or never, by authority.
set.seed(4); n <- 3000; las <- sort(rep_len(1:150, n)); start <- sample(rep_len(c(13, 19, 25, 31, 0), 150))[las]
d <- CJ(school = seq_len(n), month = 1:36); a <- rnorm(n, 0, 3); x <- round(rnorm(n), 4); trend <- cumsum(rnorm(36, 0.05, 0.2))
d[, `:=`(cohort = start[school], x = x[school])]
d[, y := round(20 + a[school] + trend[month] + 0.02 * x * month + ifelse(cohort > 0 & month >= cohort, 0.5 + 0.05 * (month - cohort), 0) + rnorm(.N, 0, 2), 4)]
write(d, "staggered3000")
