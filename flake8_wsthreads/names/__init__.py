"""Scopes, bindings and values: what does this expression name?"""
