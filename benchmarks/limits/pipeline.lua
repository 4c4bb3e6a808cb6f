-- For wrk: each write has 16 requests, as one string, made once.
local sixteen

function init(args)
  local requests = {}
  for i = 1, 16 do
    requests[i] = wrk.format()
  end
  sixteen = table.concat(requests)
end

function request()
  return sixteen
end
