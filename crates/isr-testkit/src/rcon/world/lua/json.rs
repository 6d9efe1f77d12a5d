//! Tables of Lua as JSON and back.
//!
//! Owns what the game's functions of that name do: a table with only the keys 1 to n is an array, any other an object; an
//! empty one is an object. Fails on values that JSON has no word for.

use mlua::{Error, Lua, Result, Table, Value};
use serde_json::{Map, Number};

pub(super) fn encode(value: Value) -> Result<String> {
    Ok(to_json(value)?.to_string())
}

/// Nothing when it is no JSON, as in the game.
pub(super) fn decode(lua: &Lua, text: &str) -> Result<Value> {
    match serde_json::from_str(text) {
        Ok(value) => from_json(lua, &value),
        Err(_) => Ok(Value::Nil),
    }
}

fn to_json(value: Value) -> Result<serde_json::Value> {
    Ok(match value {
        Value::Nil => serde_json::Value::Null,
        Value::Boolean(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        // Lua 5.2 has no whole numbers; JSON shows those that are as such.
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => (number as i64).into(),
        Value::Number(number) => Number::from_f64(number).map_or(serde_json::Value::Null, Into::into),
        Value::String(text) => text.to_string_lossy().into(),
        Value::Table(table) => table_to_json(&table)?,
        other => {
            return Err(Error::runtime(format!(
                "Can't convert {} to JSON.",
                other.type_name()
            )));
        }
    })
}

fn table_to_json(table: &Table) -> Result<serde_json::Value> {
    let length = table.raw_len();
    let pairs = table.pairs::<Value, Value>().collect::<Result<Vec<_>>>()?;
    if length > 0 && pairs.len() == length {
        let items = table.sequence_values::<Value>().map(|item| to_json(item?));
        return Ok(serde_json::Value::Array(items.collect::<Result<_>>()?));
    }
    let mut object = Map::new();
    for (key, value) in pairs {
        let key = match key {
            Value::String(text) => text.to_string_lossy(),
            other => to_json(other)?.to_string(),
        };
        object.insert(key, to_json(value)?);
    }
    Ok(object.into())
}

fn from_json(lua: &Lua, value: &serde_json::Value) -> Result<Value> {
    Ok(match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(flag) => Value::Boolean(*flag),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::String(lua.create_string(text)?),
        serde_json::Value::Array(items) => {
            let items = items.iter().map(|item| from_json(lua, item));
            Value::Table(lua.create_sequence_from(items.collect::<Result<Vec<_>>>()?)?)
        }
        serde_json::Value::Object(fields) => {
            let table = lua.create_table()?;
            for (key, value) in fields {
                table.set(key.as_str(), from_json(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}
