-- Health of JobFlows, DaemonJobs, ManagedJobs and SequentialJobs for Argo CD: the same text for each kind.
local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "jobflow has not looked at it yet"}
end
local held = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    held[condition.type] = condition.message or ""
  end
end
-- The order matters: what failed is Stalled too, and what is suspended still Reconciling.
if held.Suspended then
  return {status = "Suspended", message = held.Suspended}
end
if held.Stalled then
  return {status = "Degraded", message = held.Stalled}
end
if held.Reconciling then
  return {status = "Progressing", message = held.Reconciling}
end
return {status = "Healthy", message = held.Complete or held.Available or status.message or ""}
