# Makes testdata/golden.csv, the reference values for the baselines in this
# package, with the R package "surveillance" (Salmon, Schumacher, Höhle 2016).
# Run: Rscript golden.R > testdata/golden.csv
suppressMessages(library(surveillance))
set.seed(20240101)
weeks <- 6 * 52
season <- 1 + .5 * sin(2 * pi * (1:weeks) / 52)
series <- list(
  sparse = rnbinom(weeks, mu = .6 * season, size = 2),
  medium = rnbinom(weeks, mu = 8 * season, size = 4),
  large  = rnbinom(weeks, mu = 120 * season, size = 10)
)
for (s in names(series)) series[[s]][weeks - 20] <- series[[s]][weeks - 20] * 4 + 5
cat("series,method,index,count,upper,statistic\n")
row <- function(s, m, i, x, u, t) cat(sprintf("%s,%s,%d,%d,%.10g,%.10g\n", s, m, i, x, u, t))
for (s in names(series)) {
  x <- series[[s]]
  for (i in 1:weeks) row(s, "series", i, x[i], NA, NA)
  sts <- sts(observed = x, start = c(2018, 1), frequency = 52)
  for (m in c("C1", "C2", "C3")) {
    r <- earsC(sts, control = list(range = 20:weeks, method = m, alpha = .001))
    u <- upperbound(r)
    for (k in seq_along(u)) row(s, m, 19 + k, x[19 + k], u[k], NA)
  }
  d <- disProg2sts(list(observed = x, state = rep(0, weeks), start = c(2018, 1), freq = 52), map = NULL)
  range <- (4 * 52 + 10):weeks
  f <- suppressWarnings(farrington(d, control = list(
    range = range, b = 3, w = 3, reweight = TRUE, trend = FALSE,
    verbose = FALSE, alpha = .01, powertrans = "2/3", limit54 = c(0, 4))))
  for (k in seq_along(range)) row(s, "farrington", range[k], x[range[k]], upperbound(f)[k], NA)
  # CUSUM on standardised Rossi residuals, and the likelihood-ratio CUSUM for
  # negative binomial counts, in their own recursion
  disp <- list(observed = x, state = rep(0, weeks), start = c(2018, 1), freq = 52); class(disp) <- "disProg"
  m0 <- mean(x[1:52])
  c <- algo.cusum(disp, control = list(range = 53:weeks, k = 1, h = 3, m = m0, trans = "rossi"))
  for (k in seq_along(53:weeks)) row(s, "cusum-rossi", 52 + k, x[52 + k], c$upperbound[k], c$cusum[k])
  n <- algo.glrnb(disp, control = list(range = 53:weeks, c.ARL = 5, mu0 = rep(m0, weeks - 52),
    alpha = .25, Mtilde = 1, M = -1, change = "intercept", theta = log(2), dir = "inc", ret = "value"))
  for (k in seq_along(53:weeks)) row(s, "cusum-nb", 52 + k, x[52 + k], n$upperbound[k], NA)
}
