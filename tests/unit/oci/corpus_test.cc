// SPDX-License-Identifier: Apache-2.0
//
// tests/corpus: what we accept, and what we refuse with which pointer and clause.  The schemas of spec/ agree
// about it wherever a schema can, and about which properties there are.
#include <dirent.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include "bad_config.h"
#include "oci/features.h"
#include "oci/properties.h"
#include "oci/state.h"

namespace rt::oci {
namespace {

const std::string kSpec = RT_SOURCE_ROOT "/spec/";
const std::string kCorpus = RT_SOURCE_ROOT "/tests/corpus/";

std::string contents(const std::string &path)
{
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

rapidjson::Document parsed(const std::string &text)
{
    rapidjson::Document document;
    document.Parse<rapidjson::kParseFullPrecisionFlag>(text.c_str());
    EXPECT_FALSE(document.HasParseError()) << text;
    return document;
}

class Schema {
public:
    explicit Schema(const std::string &name) : document_(parsed(contents(kSpec + name))), schema_(document_)
    {}
    bool accepts(const std::string &text) const
    {
        rapidjson::SchemaValidator validator(schema_);
        return parsed(text).Accept(validator);
    }
    const rapidjson::Value &top() const { return document_; }

private:
    rapidjson::Document document_;
    rapidjson::SchemaDocument schema_;
};

const Schema &config_schema()
{
    static const Schema kSchema("config.schema.json");
    return kSchema;
}

std::set<std::string> names_in(const std::string &folder)
{
    std::set<std::string> names;
    DIR *dir = ::opendir((kCorpus + folder).c_str());
    for (const dirent *entry = ::readdir(dir); entry != nullptr; entry = ::readdir(dir)) {
        if (const std::string name = entry->d_name; name.ends_with(".json")) {
            names.insert(name.substr(0, name.size() - 5));
        }
    }
    ::closedir(dir);
    return names;
}

struct Row {
    std::string file, pointer, clause, schema;
};

std::vector<Row> bad_rows()
{
    std::vector<Row> rows;
    std::ifstream table(kCorpus + "bad.tsv");
    std::string line;
    for (std::getline(table, line); std::getline(table, line);) {
        std::istringstream cells(line);
        Row row;
        std::getline(cells, row.file, '\t');
        std::getline(cells, row.pointer, '\t');
        std::getline(cells, row.clause, '\t');
        std::getline(cells, row.schema, '\t');
        rows.push_back(row);
    }
    return rows;
}

// spec: ValidValues, RequiredProperties
TEST(Corpus, EachBadFileHasTheOneDefectOfItsRow)
{
    std::set<std::string> files = names_in("bad");
    EXPECT_GE(files.size(), 300U);
    for (const Row &row : bad_rows()) {
        SCOPED_TRACE(row.file);
        EXPECT_EQ(files.erase(row.file), 1U);
        const std::string text = contents(kCorpus + "bad/" + row.file + ".json");
        expect_one_error({text, row.pointer, ""}, row.clause);
        EXPECT_EQ(config_schema().accepts(text), row.schema == "no");
    }
    EXPECT_TRUE(files.empty()) << *files.begin() << " has no row";
}

TEST(Corpus, GoodFilesAreAccepted)
{
    for (const std::string &name : names_in("good")) {
        const std::string text = contents(kCorpus + "good/" + name + ".json");
        const Result<Config> config = load_config(text, name);
        EXPECT_TRUE(config) << config.error().text();
        EXPECT_TRUE(config_schema().accepts(text)) << name;
    }
}

const std::map<std::string, json::Kind> kKinds = {
    {"boolean", json::Kind::kBool}, {"string", json::Kind::kString}, {"integer", json::Kind::kInteger},
    {"array", json::Kind::kArray},  {"object", json::Kind::kObject},
};

/// What the schema calls a value: where it is, of which kind, and whether it must be there.
using Properties = std::map<std::string, std::pair<json::Kind, bool>>;

const rapidjson::Value &resolve(const rapidjson::Value &schema)
{
    if (const auto all = schema.FindMember("allOf"); all != schema.MemberEnd()) {
        return resolve(all->value[0]);
    }
    const auto ref = schema.FindMember("$ref");
    if (ref == schema.MemberEnd()) {
        return schema;
    }
    const std::string path = ref->value.GetString();  // "#/definitions/hook"
    return config_schema().top()["definitions"][path.substr(path.rfind('/') + 1).c_str()];
}

json::Kind kind_of(const rapidjson::Value &schema)
{
    const auto type = schema.FindMember("type");
    return type == schema.MemberEnd() ? json::Kind::kString : kKinds.at(type->value.GetString());  // enum
}

void list(const rapidjson::Value &unresolved, const std::string &at, Properties &out)
{
    const rapidjson::Value &schema = resolve(unresolved);
    const auto enter = [&out](const rapidjson::Value &inner, const std::string &pointer, bool required) {
        out[pointer] = {kind_of(resolve(inner)), required};
        list(inner, pointer, out);
    };
    if (const auto properties = schema.FindMember("properties"); properties != schema.MemberEnd()) {
        std::set<std::string> required;
        if (const auto names = schema.FindMember("required"); names != schema.MemberEnd()) {
            for (const auto &name : names->value.GetArray()) {
                required.insert(name.GetString());
            }
        }
        for (const auto &member : properties->value.GetObject()) {
            const std::string name = member.name.GetString();
            // Where nothing else may be, the names are the keys of a map.
            enter(member.value, at + "/" + (schema.HasMember("additionalProperties") ? "*" : name),
                  required.contains(name));
        }
    }
    for (const char *elements : {"items", "additionalProperties"}) {
        const auto inner = schema.FindMember(elements);
        if (inner != schema.MemberEnd() && inner->value.IsObject()) {
            enter(inner->value, at + "/*", false);
        }
    }
}

TEST(Schemas, ConfigHasThePropertiesOfTheTables)
{
    Properties tables;
    for (const Property &property : properties()) {
        tables[property.pointer] = {property.kind, property.required};
    }
    // A rule, and not the table, asks for args: `null` is as good as none.
    tables.at("/process/args").second = true;
    Properties schema;
    list(config_schema().top(), "", schema);
    EXPECT_GT(schema.size(), 200U);
    for (const auto &[pointer, what] : tables) {
        EXPECT_TRUE(schema.contains(pointer)) << pointer << " is not in the schema";
        EXPECT_EQ(schema[pointer], what) << pointer;
    }
    for (const auto &[pointer, what] : schema) {
        EXPECT_TRUE(tables.contains(pointer)) << pointer << " is in no table";
    }
}

// spec: DefaultStateJSONPattern
TEST(Schemas, StateIsWhatWePrint)
{
    const Schema schema("state.schema.json");
    State state{.oci_version = "1.3.0",
                .id = "box",
                .status = Status::kRunning,
                .pid = 42,
                .bundle = "/b",
                .rootfs = "/b/rootfs",
                .created = "2026-07-01T10:00:00.123456789Z",
                .annotations = {{"k", "v"}},
                .owner = "0"};
    EXPECT_TRUE(schema.accepts(print_state(state)));
    EXPECT_TRUE(schema.accepts(hook_state(state)));
    state.status = Status::kStopped;
    state.pid = 0;
    EXPECT_TRUE(schema.accepts(print_state(state)));
    state.id = "";
    EXPECT_FALSE(schema.accepts(print_state(state)));
    EXPECT_FALSE(schema.accepts(R"({"ociVersion": "1.3.0", "id": "x", "bundle": "/b", "status": "dead"})"));
}

TEST(Schemas, FeaturesIsWhatWePrint)
{
    const Schema schema("features.schema.json");
    EXPECT_TRUE(schema.accepts(features({"1", "c", "2.5.4"})));
    EXPECT_FALSE(schema.accepts(R"({"ociVersionMin": "1.0.0"})"));
    // Nothing is printed that the schema does not know.
    const rapidjson::Document printed = parsed(features({"1", "c", "2.5.4"}));
    for (const auto &member : printed.GetObject()) {
        EXPECT_TRUE(schema.top()["properties"].HasMember(member.name)) << member.name.GetString();
    }
    for (const auto &member : printed["linux"].GetObject()) {
        EXPECT_TRUE(schema.top()["properties"]["linux"]["properties"].HasMember(member.name))
            << member.name.GetString();
    }
}

}  // namespace
}  // namespace rt::oci
