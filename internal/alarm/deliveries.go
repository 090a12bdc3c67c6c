package alarm

import "fmt"

// signatures judges how many deliveries are not believed.
func (j *judgement) signatures(name string) {
	most, recent := int64(j.rules.SignatureFailures), j.seen.Providers[name].Recent
	j.settle(verdict{off: most == 0, raised: recent.Rejected >= most, over: recent.Rejected < (most+1)/2, alarm: Alarm{
		Kind: SignatureFailures, Provider: name, Since: j.seen.At, Severity: severity(recent.Verified == 0),
		Text:   fmt.Sprintf("%s rejected within 10 minutes, and %s verified", counted(recent.Rejected, "delivery was", "deliveries were"), counted(recent.Verified, "was", "were")),
		Remedy: fmt.Sprintf("compare the secret in the settings of the provider with providers.%s.secrets; the log has the reason of each, and usersync_signature_failures_total counts them. If only strangers are rejected nothing is lost, and allow_ips keeps them out", name),
	}})
}

// refusals judges whether deliveries were answered 503.
func (j *judgement) refusals(name string) {
	n := j.seen.Providers[name].Recent.Refused
	j.settle(verdict{raised: n > 0, over: n == 0, alarm: Alarm{
		Kind: DeliveriesRefused, Provider: name, Since: j.seen.At, Severity: Critical,
		Text:   fmt.Sprintf("%s answered 503 within 10 minutes: neither the database nor the spool took them", counted(n, "delivery was", "deliveries were")),
		Remedy: fmt.Sprintf("bring the database back, or give the spool room (spool.max_bytes, `usersync spool status`); afterwards `usersync reconcile %s` shows what its sender did not repeat", name),
	}})
}
