/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guide was answered: see guide_answers.h. */
#include "remote/guide_answers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "config.h"
#include "hostcfg/url.h"
#include "remote/guide_typed.h"
#include "remote/run.h"
#include "setup/command.h"

/* Between networks. */
#define SEPARATORS ", "
/* A value as it may be shown. */
struct shown {
	char text[80 * TEXT_PRINTABLE_GROWTH];
};

static const char *show_typed(struct shown *shown, const char *text)
{
	text_printable(text, strlen(text), shown->text, sizeof(shown->text));
	return shown->text;
}

/* --- answers --- */

void guide_drop_option(struct error *error)
{
	char *text = error->text;
	size_t len = strlen(text);

	if (len > 5 && text[len - 5] == ' ' && text[len - 4] == '(' && text[len - 3] == '-' &&
		text[len - 1] == ')')
		text[len -= 5] = '\0';
	if (len > 4 && text[0] == '-' && text[2] == ':' && text[3] == ' ')
		memmove(text, text + 4, len - 4 + 1);
}

/* The plan that the commands would make of it. */
static int make_plan(
	const struct guide_answers *answers, struct setup_plan *ret, struct error *error)
{
	struct guide_command command;

	guide_network_command(answers, &command);
	_cleanup_guide_argv_ char **argv = guide_argv(&command);
	if (!argv)
		return error_set_errno(error, -ENOMEM, "command");
	int r = setup_check(answers->dhcp, (int)command.n - 1, argv + 1, ret, error);
	if (r < 0)
		guide_drop_option(error);
	return r;
}

/* Takes over what was tried, if it is right. */
static int keep_if_good(
	struct guide_answers *answers, const struct guide_answers *tried, struct error *error)
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	int r = make_plan(tried, &plan, error);

	if (r == 0)
		*answers = *tried;
	return r;
}

int guide_take_address(struct guide_answers *answers, const char *text, struct error *error)
{
	char spelt[PROMPT_ANSWER_MAX];
	struct net_prefix address;
	struct net_addr addr;
	struct shown shown;

	guide_typed_addresses(text, spelt);
	text = spelt;
	if (net_addr_parse(text, &addr) == 0)
		return error_set(error, -EINVAL,
			"the length of the network's prefix is missing, as in %s %s",
			show_typed(&shown, text), addr.family == 4 ? "24" : "64");
	if (net_prefix_parse_typed(text, &address) < 0)
		return error_set(error, -EINVAL, "\"%s\" is not an address with a prefix length",
			show_typed(&shown, text));
	/* Another network has another gateway. */
	if (address.len != answers->address.len ||
		!net_addr_equal(&address.addr, &answers->address.addr))
		answers->gateway.family = 0;
	answers->address = address;
	return 0;
}

bool guide_propose_gateway(const struct guide_answers *answers, struct net_addr *ret)
{
	const struct net_prefix *host = &answers->address;

	if (answers->gateway.family != 0) {
		*ret = answers->gateway;
		return true;
	}
	for (int last = 0; last <= 1; last++)
		if (setup_default_gateway(host, last, ret) == 0 && net_prefix_contains(host, ret) &&
			!net_addr_equal(ret, &host->addr))
			return true;
	/* A link of two has no network address (RFC 3021): this is the other end. */
	*ret = net_prefix_network(host).addr;
	return net_addr_bits(ret) - host->len == 1;
}

int guide_take_gateway(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	char spelt[PROMPT_ANSWER_MAX];
	struct shown shown;

	guide_typed_addresses(text, spelt);
	if (net_addr_parse(spelt, &tried.gateway) < 0)
		return error_set(
			error, -EINVAL, "\"%s\" is not an address", show_typed(&shown, text));
	return keep_if_good(answers, &tried, error);
}

int guide_take_host(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;

	if (strlen(text) >= sizeof(tried.host))
		return error_set(error, -EINVAL, "a host name has at most %d characters",
			NET_HOSTNAME_MAX - 1);
	snprintf(tried.host, sizeof(tried.host), "%s", text);
	return keep_if_good(answers, &tried, error);
}

void guide_format_host(const struct guide_answers *answers, char out[NET_HOSTNAME_MAX])
{
	_cleanup_setup_plan_ struct setup_plan plan = { .dhcp = false };
	struct error ignored;

	snprintf(out, NET_HOSTNAME_MAX, "%s", answers->host);
	if (make_plan(answers, &plan, &ignored) == 0)
		memcpy(out, plan.hostname, sizeof(plan.hostname));
}

int guide_take_urls(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	struct error ignored;

	if (!guide_typed_urls(text, tried.urls))
		return error_set(error, -EINVAL, "the URLs are longer than %d characters",
			PROMPT_ANSWER_MAX - 1);
	/* One that had no scheme has https:// now, if a host was to be seen. */
	for (const char *url = tried.urls; url; url = strchr(url, ',')) {
		url += url > tried.urls;
		if (url_check_scheme(url, &ignored) < 0)
			return error_set(error, -EINVAL,
				"a URL begins with http://, https://, or a host and a slash, like "
				"example.org/os.json");
	}
	return keep_if_good(answers, &tried, error);
}

/* --- what `more` asks for --- */

/* The words of a list with commas or blanks, with commas alone. */
static void join_words(const char *text, char out[PROMPT_ANSWER_MAX])
{
	size_t n = 0;

	for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
		size_t len = strcspn(text, SEPARATORS);
		if (n > 0)
			out[n++] = ',';
		memcpy(out + n, text, len);
		n += len;
		text += len;
	}
	out[n] = '\0';
}

int guide_take_dns(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	char spelt[PROMPT_ANSWER_MAX];

	guide_typed_addresses(text, spelt);
	join_words(spelt, tried.dns);
	if (!tried.dns[0])
		return error_set(error, -EINVAL, "the answer names no DNS server");
	return keep_if_good(answers, &tried, error);
}

static int take_credential(struct guide_answers *answers, const struct guide_answers *tried,
	const char *text, struct error *error)
{
	if (strlen(text) >= sizeof(tried->user))
		return error_set(
			error, -EINVAL, "longer than %zu characters", sizeof(tried->user) - 1);
	return keep_if_good(answers, tried, error);
}

int guide_take_user(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;

	/* Also where no URL has a place for it. */
	if (url_check_user(text, error) < 0)
		return -EINVAL;
	snprintf(tried.user, sizeof(tried.user), "%s", text);
	return take_credential(answers, &tried, text, error);
}

int guide_take_password(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;

	if (url_check_password(text, error) < 0)
		return -EINVAL;
	snprintf(tried.password, sizeof(tried.password), "%s", text);
	return take_credential(answers, &tried, text, error);
}

/* Another default than the link that will do. */
static bool has_default_link(void)
{
	return cli_outer_value("interface") || cli_outer_value("mac") || cli_outer_value("bonding");
}

int guide_take_link(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;

	tried.links[0] = '\0';
	tried.bond_auto = strcmp(text, GUIDE_LINK_BOND) == 0;
	tried.any_link = strcmp(text, GUIDE_LINK_ONE) == 0 && has_default_link();
	if (!tried.bond_auto && strcmp(text, GUIDE_LINK_ONE) != 0) {
		join_words(text, tried.links);
		if (!tried.links[0])
			return error_set(error, -EINVAL, "the answer names no link");
	}
	return keep_if_good(answers, &tried, error);
}

int guide_take_bonding_mode(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	const char *words[BOND_MODES];
	struct shown shown;
	uint64_t number;

	for (int i = 0; i < BOND_MODES; i++)
		words[i] = bond_mode_text((enum bond_mode)i);
	size_t found = prompt_find_word(text, words, ARRAY_SIZE(words));
	if (text_parse_u64(text, 0, ARRAY_SIZE(words) - 1, &number) == 0)
		found = (size_t)number;
	if (found == ARRAY_SIZE(words))
		return error_set(error, -EINVAL,
			"\"%s\" is not a bonding mode: a name of the list, its beginning, or its "
			"number",
			show_typed(&shown, text));
	snprintf(tried.bonding_mode, sizeof(tried.bonding_mode), "%s", words[found]);
	return keep_if_good(answers, &tried, error);
}

bool guide_has_bond(const struct guide_answers *answers)
{
	return answers->bond_auto || strchr(answers->links, ',');
}

/* --- networks that may connect --- */

/*
 * The next network of a list at *@rest, in its canonical form where it is one: the check says what
 * is wrong with another. False: there is none.
 */
static bool next_network(char **rest, char out[PROMPT_ANSWER_MAX])
{
	struct net_prefix prefix;
	char *word = *rest + strspn(*rest, SEPARATORS);
	char *end = word + strcspn(word, SEPARATORS);
	/* `10.0.2.0 24` is one network. */
	char *length = end + strspn(end, " ");
	size_t digits = strspn(length, "0123456789");

	if (digits > 0 && (length[digits] == '\0' || strchr(SEPARATORS, length[digits])))
		end = length + digits;
	snprintf(out, PROMPT_ANSWER_MAX, "%.*s", (int)(end - word), word);
	*rest = end;
	if (net_prefix_parse_typed(out, &prefix) == 0)
		net_prefix_format(&prefix, out);
	return word[0] != '\0';
}

int guide_take_allow(struct guide_answers *answers, const char *text, struct error *error)
{
	struct guide_answers tried = *answers;
	struct guide_command command;
	char copy[PROMPT_ANSWER_MAX], network[PROMPT_ANSWER_MAX];
	char *rest = copy, *out = tried.allow;

	guide_typed_addresses(text, copy);
	out[0] = '\0';
	while (next_network(&rest, network)) {
		if ((size_t)(out - tried.allow) + strlen(network) + 2 > sizeof(tried.allow))
			return error_set(error, -EINVAL, "too many networks");
		out += sprintf(out, "%s%s", out > tried.allow ? "," : "", network);
	}
	if (out == tried.allow)
		return error_set(error, -EINVAL, "the answer names no network");
	guide_run_command(&tried, &command);
	_cleanup_guide_argv_ char **argv = guide_argv(&command);
	if (!argv)
		return error_set_errno(error, -ENOMEM, "command");
	int r = remote_run_check((int)command.n - 1, argv + 1, error);
	if (r == 0)
		*answers = tried;
	else
		guide_drop_option(error);
	return r;
}
