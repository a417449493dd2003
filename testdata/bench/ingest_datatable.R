# Events to a school-month panel: Rscript ingest_datatable.R events.csv out.csv dedup|plain [threads]
suppressPackageStartupMessages(library(data.table)); a <- commandArgs(TRUE); if (length(a) > 3) setDTthreads(as.integer(a[4]))
d <- fread(a[1], colClasses = "character", na.strings = NULL)[school_urn != "" & child_id != ""]
if (a[3] == "dedup") d <- unique(d, by = c("la", "child_id", "event", "date"))
d[, month := paste0(substr(date, 7, 10), "-", substr(date, 4, 5))]
k <- c("school_urn", "la", "month")
n <- dcast(d[, .N, by = c(k, "event")], school_urn + la + month ~ event, value.var = "N", fill = 0L)
u <- if (a[3] == "dedup") d[event == "s47_enquiry"] else d
u <- unique(u, by = c(k, "child_id"))[, .(children = .N), by = k]
n <- u[n, on = k][is.na(children), children := 0L]
fwrite(n[, .(school_urn, la, month, s47 = s47_enquiry, children, s17 = s17_start, referrals = referral)], a[2])
cat(sum(n$s47_enquiry), sum(n$children), sum(n$s17_start), sum(n$referral), "\n")
