// SPDX-License-Identifier: Apache-2.0
#include "options/parse.h"

#include <algorithm>
#include <vector>

#include "base/str.h"
#include "oci/nearest.h"

namespace rt::options {
namespace {

// spec: CliUnknown
Error unknown_option(std::span<const Option> options, std::string_view given, const Whose &whose)
{
    Error error = Error::input(str("unknown option \"", given, "\""));
    if (const std::string_view instead = instead_of(whose.habits, whose.command, given); !instead.empty()) {
        return std::move(error).hint(std::string(instead));
    }
    std::vector<std::string_view> names;
    for (const Option &option : options) {
        names.push_back(option.name);
    }
    const std::string_view likely =
        oci::nearest(given.substr(std::min(given.find_first_not_of('-'), given.size())), names);
    return likely.empty() ? std::move(error).hint("see --help")
                          : std::move(error).hint(str("did you mean --", likely, "?"));
}

class Parser {
public:
    Parser(std::span<const Option> options, std::span<char *const> args, const Whose &whose)
        : options_(options), args_(args), whose_(whose)
    {}

    Result<Arguments> run(Order order)
    {
        while (!args_.empty()) {
            const std::string_view word = args_.front();
            const bool positional = word.size() < 2 || word[0] != '-';
            if (positional && order == Order::kBeforeFirst) {
                break;
            }
            args_ = args_.subspan(1);
            if (word == "--") {
                take_all();
            } else if (positional) {
                out_.positionals.emplace_back(word);
            } else {
                TRY(take_option(word));
            }
        }
        return std::move(out_);
    }

    std::span<char *const> rest() const { return args_; }

private:
    void take_all()
    {
        out_.positionals.insert(out_.positionals.end(), args_.begin(), args_.end());
        args_ = {};
    }

    const Option *by_name(std::string_view name) const
    {
        const auto it = std::ranges::find(options_, name, &Option::name);
        return it != options_.end() ? &*it : nullptr;
    }
    const Option *by_letter(char letter) const
    {
        const auto it = std::ranges::find(options_, letter, &Option::letter);
        return it != options_.end() && letter != 0 ? &*it : nullptr;
    }

    Status take_option(std::string_view word)
    {
        const std::string_view body = word.substr(word.starts_with("--") ? 2 : 1);
        const std::size_t equals = body.find('=');
        const std::string_view name = body.substr(0, equals);
        const Option *option = by_name(name);
        if (option == nullptr && !word.starts_with("--")) {
            if (name.size() == 1) {
                option = by_letter(name[0]);
            } else if (option = by_letter(body[0]); option != nullptr && !option->argument.empty()) {
                return take_value(*option, word, body.substr(1));  // -bDIR
            } else {
                option = nullptr;
            }
        }
        if (option == nullptr) {
            return unknown_option(options_, word.substr(0, word.find('=')), whose_);
        }
        if (equals != std::string_view::npos) {
            return take_value(*option, word, body.substr(equals + 1));
        }
        return option->argument.empty() ? take_value(*option, word, "true") : take_next(*option, word);
    }

    Status take_next(const Option &option, std::string_view word)
    {
        if (args_.empty()) {
            // An engine probes for an option by the words of this message.
            return Error::input(str("option \"", word, "\" requires an argument"))
                .hint(str("it takes ", option.argument));
        }
        const std::string_view value = args_.front();
        args_ = args_.subspan(1);
        return take_value(option, word, value);
    }

    Status take_value(const Option &option, std::string_view word, std::string_view value)
    {
        if (option.argument.empty() && value != "true" && value != "false") {
            return Error::input(str("option \"", word, "\" takes true or false"));
        }
        out_.given.push_back({&option, std::string(value)});
        return {};
    }

    std::span<const Option> options_;
    std::span<char *const> args_;
    Whose whose_;
    Arguments out_;
};

}  // namespace

// spec: CliHabits
std::string_view instead_of(std::span<const Habit> habits, std::string_view command, std::string_view word)
{
    for (const Habit &habit : habits) {
        if (habit.command == command && habit.word == word) {
            return habit.instead;
        }
    }
    return {};
}

bool Arguments::has(std::string_view name) const
{
    return std::ranges::any_of(given, [&](const Given &one) { return one.option->name == name; });
}

std::string Arguments::value(std::string_view name, std::string_view absent) const
{
    for (std::size_t i = given.size(); i-- > 0;) {
        if (given[i].option->name == name) {
            return given[i].value;
        }
    }
    return std::string(absent);
}

std::vector<std::string> Arguments::values(std::string_view name) const
{
    std::vector<std::string> values;
    for (const Given &one : given) {
        if (one.option->name == name) {
            values.push_back(one.value);
        }
    }
    return values;
}

// spec: CliOptions
Result<Arguments> parse(std::span<const Option> options, std::span<char *const> args, Order order,
                        std::span<char *const> *rest, const Whose &whose)
{
    Parser parser(options, args, whose);
    auto result = parser.run(order);
    if (rest != nullptr) {
        *rest = parser.rest();
    }
    return result;
}

}  // namespace rt::options
