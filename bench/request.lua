-- wrk's script: requests of the kind that KIND names, each about accounts of its own; or the page
-- whose path it is.
local kind = os.getenv("KIND")
local json = { ["Content-Type"] = "application/json" }

math.randomseed(os.time())

local function transfer(more)
    local a = math.random(10000)
    local b = (a - 1 + math.random(9999)) % 10000 + 1
    return string.format(
        '{%s"source_account_id":"account%d","target_account_id":"account%d","amount":100}', more, a, b
    )
end

function request()
    if kind:sub(1, 1) == "/" then
        return wrk.format("GET", kind)
    elseif kind == "no-op" then
        return wrk.format("GET", "/livez")
    elseif kind == "GET balance" then
        return wrk.format("GET", "/accounts/account" .. math.random(10000) .. "/balance")
    elseif kind == "POST transfer" then
        return wrk.format("POST", "/transfers", json, transfer(""))
    end
    local items = {} -- POST batch of 100
    for i = 1, 100 do
        items[i] = transfer('"operation":"transfer",')
    end
    return wrk.format("POST", "/batches", json, "[" .. table.concat(items, ",") .. "]")
end
