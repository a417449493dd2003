#!/usr/bin/env Rscript
# Times one task of another program: the call alone, data in memory, packages loaded. Prints task, program, median, min, max.
#   Rscript peers.R DIR TASK [RUNS]       Rscript peers.R --list
suppressPackageStartupMessages(library(data.table))
a <- commandArgs(TRUE)
panel <- function(size) function(dir) { d <- as.data.frame(fread(file.path(dir, paste0("panel", size, ".csv")))); d$mc <- (d$month - 12) / 12; d }
p280 <- panel(280); p3000 <- panel(3000); p24000 <- panel(24000)
staggered <- function(dir) { d <- as.data.frame(fread(file.path(dir, "staggered3000.csv"))); d$cohort <- as.numeric(d$cohort); d }
count <- s47 ~ arm * post + fsm + offset(log(pupils)) + (1 | la) + (1 | school)
one <- s47 ~ arm * post + fsm + offset(log(pupils)) + (1 | school)
days <- days_care ~ arm * post + fsm + offset(log(pupils)) + (1 | school)
lmm <- function(f) function(d) lme4::lmer(f, d)
nested <- wb ~ arm * post + fsm + (1 | la) + (1 | school); slope <- wb ~ arm * post + fsm + (1 + mc | school)
dummies <- function(dir) { d <- p280(dir); list(d = d, m = lm(wb ~ treat + factor(school) + factor(month), d)) }
absorbed <- function(size) function(dir) { d <<- panel(size)(dir); list(m = fixest::feols(wb ~ treat | school + month, d, cluster = ~la)) }
wild <- function(o) { dqrng::dqset.seed(1); fwildclusterboot::boottest(o$m, param = "treat", clustid = "la", fe = "school", B = 99999, conf_int = FALSE) }
did <- function(d) { a <- did::att_gt("y", "month", "school", "cohort", data = d, bstrap = TRUE, biters = 1000, cband = TRUE, est_method = "dr", control_group = "nevertreated")
  for (type in c("simple", "group", "calendar", "dynamic")) did::aggte(a, type = type, bstrap = TRUE, biters = 1000) }
terms280 <- function(dir) lme4::glmer(s47 ~ arm * post + fsm + offset(log(pupils)) + (1 | la) + (1 | school), as.data.frame(fread(file.path(dir, "terms280.csv"))), family = poisson)
simulate_and_refit <- function(m) { set.seed(1); mean(vapply(simulate(m, 100), function(y) abs(coef(summary(lme4::refit(m, y)))["arm:post", "z value"]) > 1.959964, NA)) }
tasks <- list(
  lmm_nested_280 = list("lme4", p280, lmm(nested)), lmm_nested_3000 = list("lme4", p3000, lmm(nested)), lmm_nested_24000 = list("lme4", p24000, lmm(nested)),
  lmm_slope_280 = list("lme4", p280, lmm(slope)), lmm_slope_3000 = list("lme4", p3000, lmm(slope)), lmm_slope_24000 = list("lme4", p24000, lmm(slope)),
  poisson_280 = list("lme4", p280, function(d) lme4::glmer(count, d, family = poisson)),
  poisson_280_tmb = list("glmmTMB", p280, function(d) glmmTMB::glmmTMB(count, d, family = poisson)),
  quadrature_280 = list("lme4", p280, function(d) lme4::glmer(one, d, family = poisson, nAGQ = 10)),
  negbin_280 = list("glmmTMB", p280, function(d) glmmTMB::glmmTMB(count, d, family = glmmTMB::nbinom2)),
  glmer_nb_280 = list("lme4", p280, function(d) lme4::glmer.nb(count, d)),
  power_280 = list("lme4", terms280, simulate_and_refit),
  zero_inflated_280 = list("glmmTMB", p280, function(d) glmmTMB::glmmTMB(days, ziformula = ~ arm * post, d, family = glmmTMB::nbinom2)),
  hurdle_280 = list("glmmTMB", p280, function(d) glmmTMB::glmmTMB(days, ziformula = ~ arm * post, d, family = glmmTMB::truncated_nbinom2)),
  feols_24000 = list("fixest", p24000, function(d) fixest::feols(wb ~ treat | school + month, d, cluster = ~school)),
  fepois_24000 = list("fixest", p24000, function(d) fixest::fepois(s47 ~ treat | school + month, d, offset = ~log(pupils), cluster = ~school)),
  cs_3000 = list("did", staggered, did),
  cr2_dummies_280 = list("clubSandwich", dummies, function(o) clubSandwich::coef_test(o$m, clubSandwich::vcovCR(o$m, cluster = o$d$school, type = "CR2"), test = "Satterthwaite", coefs = "treat")),
  wild_280 = list("fwildclusterboot", absorbed(280), wild), wild_3000 = list("fwildclusterboot", absorbed(3000), wild))
if (a[1] == "--list") { cat(names(tasks), sep = "\n"); quit() }
t <- tasks[[a[2]]]; runs <- if (length(a) > 2) as.integer(a[3]) else 5
data <- t[[2]](a[1])
time <- vapply(seq_len(runs), function(i) { gc(FALSE); suppressMessages(suppressWarnings(system.time(t[[3]](data))[["elapsed"]])) }, 0)
cat(sprintf("%s\t%s %s\t%.4f\t%.4f\t%.4f\n", a[2], t[[1]], packageVersion(t[[1]]), median(time), min(time), max(time)))
