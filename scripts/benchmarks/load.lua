-- The requests of wrk, and one last line for bench.py: wrk … URL -- METHOD BODY
function init(arguments)
  wrk.method = arguments[1]
  if arguments[2] ~= "" then
    wrk.body = arguments[2]
  end
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("%d %d %d %d\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
